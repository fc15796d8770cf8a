import CKernels
import TestSupport
import Testing

@Suite struct NormalisationKernelTests {
  static let epsilon: Float = 1e-5
  static let lengths = [1, 2, 15, 16, 17, 100]

  static func reference(_ x: [Double], _ scale: [Double], _ shift: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let inverse = 1 / (variance + Double(epsilon)).squareRoot()
    return x.indices.map { (x[$0] - mean) * inverse * scale[$0] + shift[$0] }
  }

  struct Row {
    let x, scale, shift, dy: [Float]

    init(_ n: Int, around centre: Float = 0) {
      x = sampleValues(n, in: (centre - 3)...(centre + 3))
      scale = sampleValues(n, in: 0.5...2, seed: 2)
      shift = sampleValues(n, seed: 3)
      dy = sampleValues(n, seed: 4)
    }

    func forward(_ table: KernelTable) -> (y: [Float], statistics: [Float]) {
      var (y, statistics) = (x, [Float](repeating: 0, count: 2))
      table.kernels.layer_norm_forward(
        x, scale, shift, NormalisationKernelTests.epsilon, &y, &statistics, x.count)
      return (y, statistics)
    }

    func backward(_ table: KernelTable) -> (dx: [Float], dscale: [Float], dshift: [Float]) {
      var (dx, dscale, dshift) = (
        dy, [Float](repeating: 1, count: x.count), [Float](repeating: -1, count: x.count)
      )
      let statistics = forward(table).statistics
      // In place of dy, as is allowed.
      dx.withUnsafeMutableBufferPointer {
        table.kernels.layer_norm_backward(
          x, scale, statistics, $0.baseAddress!, $0.baseAddress!, &dscale, &dshift, x.count)
      }
      return (dx, dscale, dshift)
    }
  }

  /// About ten roundings of values no larger than 8, half a unit (2^-22) each.
  static let tolerance = 10 * 0x1p-22

  @Test(arguments: KernelTable.all, lengths)
  func forwardMatchesTheReference(_ table: KernelTable, _ n: Int) {
    let row = Row(n)
    let expected = Self.reference(
      row.x.map(Double.init), row.scale.map(Double.init), row.shift.map(Double.init))
    #expect(worstDifference(row.forward(table).y, expected) { _ in Self.tolerance } <= 1)
  }

  /// A mean of 1000 beside a deviation below 2: a variance as E[x^2] - E[x]^2 would lose all its digits in
  /// Float. The mean, rounded by up to 2^-15, shifts every element by that, times an inverse deviation and a
  /// scale below 2 each.
  @Test(arguments: KernelTable.all)
  func largeMeanDoesNotCancel(_ table: KernelTable) {
    let row = Row(100, around: 1000)
    let expected = Self.reference(
      row.x.map(Double.init), row.scale.map(Double.init), row.shift.map(Double.init))
    #expect(worstDifference(row.forward(table).y, expected) { _ in 4 * 0x1p-15 + Self.tolerance } <= 1)
  }

  /// For n = 1 every deviation is zero and only epsilon remains under the root, which makes the derivative
  /// 316 times ill-conditioned; the exact answer is zero, and the kernel must give it.
  @Test(arguments: KernelTable.all, lengths)
  func backwardMatchesNumericalGradient(_ table: KernelTable, _ n: Int) {
    let row = Row(n)
    let (x, scale, shift) = (row.x.map(Double.init), row.scale.map(Double.init), row.shift.map(Double.init))
    func loss(_ x: [Double], _ scale: [Double], _ shift: [Double]) -> Double {
      zip(Self.reference(x, scale, shift), row.dy).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    let (dx, dscale, dshift) = row.backward(table)
    // The sums in dx are of n terms but divided by n, so the bound of the forward pass holds here too. The
    // starting values of dscale and dshift, 1 and -1, are part of the result.
    #expect(
      worstDifference(dx, numericalGradient(of: { loss($0, scale, shift) }, at: x)) { _ in 2 * Self.tolerance
      } <= 1)
    let expectedScale = numericalGradient(of: { loss(x, $0, shift) }, at: scale).map { $0 + 1 }
    #expect(worstDifference(dscale, expectedScale) { _ in Self.tolerance } <= 1)
    let expectedShift = row.dy.map { Double($0) - 1 }
    #expect(worstDifference(dshift, expectedShift) { _ in Self.tolerance } <= 1)
  }

  @Test func fusedTablesAgreeToTheBit() {
    for n in Self.lengths {
      let results = KernelTable.fused.map { table in
        let row = Row(n)
        let (dx, dscale, dshift) = row.backward(table)
        return bitPatterns(row.forward(table).y + dx + dscale + dshift)
      }
      #expect(results.allSatisfy { $0 == results.first })
    }
  }
}
