import Recurrent
import TestSupport
import Testing

@Suite struct SingularValuesTests {
  /// Rounding in double precision: 2^-53 for each of some thousand operations on numbers of this size.
  private static let rounding = 1e-12

  @Test func knownMatricesHaveTheirValues() {
    let diagonal = SingularValues(columns: [[0.5, 0, 0], [0, 0, -3], [0, 2, 0]])
    #expect(diagonal.values == [3, 2, 0.5])
    // [[3, 0], [4, 5]] times its transpose has the eigenvalues 45 and 5.
    let two = SingularValues(columns: [[3, 4], [0, 5]]).values
    #expect(abs(two[0] - 45.0.squareRoot()) < 1e-14 && abs(two[1] - 5.0.squareRoot()) < 1e-14)
    let turn = [[0.6, 0.8], [-0.8, 0.6]]
    #expect(SingularValues(columns: turn).values.allSatisfy { abs($0 - 1) < 1e-15 })
    // Both columns are the same: rank 1.
    let flat = SingularValues(columns: [[1, 2, 2], [1, 2, 2]]).values
    #expect(abs(flat[0] - 18.0.squareRoot()) < 1e-14 && flat[1] < 1e-14)
    #expect(SingularValues(columns: []).values.isEmpty)
  }

  /// Lengths of columns that differ by powers of ten keep all their digits.
  @Test func smallValuesAreAccurate() {
    let found = SingularValues(columns: [[3e-9, 4e-9, 0], [0, 0, 2e-20], [-4e5, 3e5, 0]]).values
    for (value, expected) in zip(found, [5e5, 5e-9, 2e-20]) { #expect(abs(value / expected - 1) < 1e-14) }
  }

  /// U S has columns at right angles, and (U S)(U S)^T = A A^T, of which the trace is the squared Frobenius norm.
  @Test(arguments: [(37, 23), (23, 37), (16, 16), (1, 5), (9, 1)])
  func theMatrixIsReconstructed(rows: Int, columns: Int) {
    let numbers = sampleValues(rows * columns, seed: UInt64(rows)).map(Double.init)
    let a = (0..<columns).map { Array(numbers[$0 * rows..<($0 + 1) * rows]) }
    let found = SingularValues(columns: a)
    #expect(found.values == found.values.sorted(by: >))
    let scale = numbers.reduce(0) { $0 + $1 * $1 }
    #expect(abs(found.values.reduce(0) { $0 + $1 * $1 } / scale - 1) < Self.rounding)
    func product(_ columns: [[Double]], _ i: Int, _ j: Int) -> Double { columns.reduce(0) { $0 + $1[i] * $1[j] } }
    for i in 0..<rows {
      for j in 0..<rows {
        #expect(abs(product(found.scaledVectors, i, j) - product(a, i, j)) < Self.rounding * scale)
      }
    }
    for i in 0..<columns {
      for j in 0..<i {
        let dot = zip(found.scaledVectors[i], found.scaledVectors[j]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(dot) < Self.rounding * scale)
      }
    }
    // A matrix and its transpose.
    let transposed = SingularValues(columns: (0..<rows).map { row in a.map { $0[row] } }).values
    for (one, other) in zip(found.values, transposed) { #expect(abs(one - other) < 1e-7 * scale.squareRoot()) }
  }
}
