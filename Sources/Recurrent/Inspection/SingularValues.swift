/// The singular values of a matrix by one-sided Jacobi rotations (Hestenes 1958): pairs of columns are turned until all
/// stand at right angles; what is then the length of a column is a singular value.
///
/// In double precision. The columns of A V = U S keep small singular values as accurate as large ones where the columns
/// of A differ in length alone (Demmel and Veselić 1992).
public struct SingularValues: Sendable {
  /// From the largest to the smallest.
  public let values: [Double]
  /// For each value, its column of U S `[rows]`: for a symmetric matrix without negative eigenvalues, an eigenvector times
  /// its eigenvalue.
  public let scaledVectors: [[Double]]

  /// The cosine between two columns below which they count as at right angles.
  private static let rightAngle = 1e-13
  /// Far more than any matrix takes.
  private static let mostSweeps = 60

  /// - Parameters:
  ///   - columns: `[columns][rows]`, all finite. As the singular values of a matrix and of its transpose are the same, a
  ///     matrix may be given by its rows.
  public init(columns: [[Double]]) {
    let count = columns.count
    let rows = columns.first?.count ?? 0
    precondition(columns.allSatisfy { $0.count == rows }, "columns of a matrix of different lengths")
    // Whole vectors of eight, filled up with zeros.
    let width = (rows + 7) / 8
    var a = [SIMD8<Double>](repeating: .zero, count: count * width)
    for (column, numbers) in columns.enumerated() {
      for (row, number) in numbers.enumerated() { a[column * width + row / 8][row % 8] = number }
    }
    a.withUnsafeMutableBufferPointer { a in
      guard let base = a.baseAddress else { return }
      func dot(_ i: Int, _ j: Int) -> Double {
        let (x, y) = (base + i * width, base + j * width)
        var sum = SIMD8<Double>.zero
        for k in 0..<width { sum += x[k] * y[k] }
        return sum.sum()
      }
      var squares = (0..<count).map { dot($0, $0) }
      var (turned, sweeps) = (true, 0)
      while turned && sweeps < Self.mostSweeps {
        (turned, sweeps) = (false, sweeps + 1)
        for i in 0..<max(0, count - 1) {
          for j in i + 1..<count {
            let product = dot(i, j)
            guard abs(product) > Self.rightAngle * (squares[i] * squares[j]).squareRoot() else { continue }
            turned = true
            // The smaller root of t² + 2 zeta t - 1 = 0 is the tangent of the angle.
            let zeta = (squares[j] - squares[i]) / (2 * product)
            let tangent = (zeta >= 0 ? 1.0 : -1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
            let cosine = 1 / (1 + tangent * tangent).squareRoot()
            let sine = cosine * tangent
            let (x, y) = (base + i * width, base + j * width)
            for k in 0..<width {
              let (old, other) = (x[k], y[k])
              x[k] = cosine * old - sine * other
              y[k] = sine * old + cosine * other
            }
            squares[i] = max(0, squares[i] - tangent * product)
            squares[j] += tangent * product
          }
        }
        // What rounding has added up.
        for i in 0..<count { squares[i] = dot(i, i) }
      }
    }
    let lengths = (0..<count).map { column in
      (0..<width).reduce(0.0) { $0 + (a[column * width + $1] * a[column * width + $1]).sum() }.squareRoot()
    }
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    values = order.map { lengths[$0] }
    scaledVectors = order.map { column in (0..<rows).map { a[column * width + $0 / 8][$0 % 8] } }
  }
}
