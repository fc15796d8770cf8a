import CKernels
import Foundation
import TestSupport
import Testing

@Suite struct SoftmaxKernelTests {
  static let lengths = [1, 2, 15, 16, 17, 100, 5000, 100_000]

  static func reference(_ x: [Float]) -> [Double] {
    let largest = Double(x.max()!)
    let e = x.map { exp(Double($0) - largest) }
    let sum = e.reduce(0, +)
    return e.map { $0 / sum }
  }

  /// x - largest is rounded: half a unit of a value below 32 is 2^-20, and exp turns an error of its argument
  /// into a relative one. exp, the reciprocal of the sum and the product add at most 3 units of 2^-23.
  static let relative = 0x1p-20 + 3 * 0x1p-23

  @Test(arguments: KernelTable.all, lengths)
  func softmaxMatchesTheReference(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -15...15)
    var y = x
    table.kernels.softmax(x, &y, n)
    #expect(worstDifference(y, Self.reference(x)) { Self.relative * $0 } <= 1)
    #expect(abs(y.reduce(0) { $0 + Double($1) } - 1) <= Self.relative)
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { table.kernels.softmax($0.baseAddress!, $0.baseAddress!, n) }
    #expect(inPlace == y)
  }

  @Test(arguments: KernelTable.all, lengths)
  func crossEntropyAndItsGradient(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -15...15)
    let expected = Self.reference(x)
    for target in Set([0, n / 2, n - 1]) {
      let loss = -log(expected[target])
      let value = table.kernels.cross_entropy(x, n, Int32(target))
      // The logarithm, two differences of values below 64, and the sum's rounding: each half a unit, 2^-19 at
      // most.
      #expect(abs(Double(value) - loss) <= 4 * 0x1p-19)
      var gradient = x
      #expect(table.kernels.cross_entropy_gradient(&gradient, n, Int32(target), 0.25) == value)
      var wanted = expected.map { $0 * 0.25 }
      wanted[target] -= 0.25
      // The subtraction at the target rounds relative to the scale.
      #expect(worstDifference(gradient, wanted) { Self.relative * abs($0) + Self.relative * 0.25 } <= 1)
    }
  }

  /// Every loss and slope is relatively accurate, however sure the logit is: log, exp and division by 1.1 units each, and
  /// three products and sums; 8 units of 2^-23. The sum of n losses is in double.
  @Test(arguments: KernelTable.all, kernelLengths)
  func binaryCrossEntropyAndItsGradient(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -30...30)
    let positive = sampleValues(n, in: 0.5...4, seed: 3)
    for y in [x.map { _ in 0 }, x.map { _ in 1 }, sampleValues(n, in: 0...1, seed: 2)] {
      for weights in [nil, positive] {
        let terms = (0..<n).map { i -> (loss: Double, slope: Double) in
          let (x, yes, no) = (Double(x[i]), Double(y[i]) * Double(weights?[i] ?? 1), 1 - Double(y[i]))
          return (
            yes * log1p(exp(-x)) + no * log1p(exp(x)), no / (1 + exp(-x)) - yes / (1 + exp(x))
          )
        }
        var dx = [Float](repeating: 9, count: n)
        let value = table.kernels.binary_cross_entropy(x, y, weights, 0.5, &dx, n)
        let loss = terms.reduce(0) { $0 + $1.loss }
        #expect(abs(value - loss) <= 8 * 0x1p-23 * loss)
        // A label between the two subtracts slopes of size below 4.
        let whole = y.allSatisfy { $0 == 0 || $0 == 1 }
        #expect(
          worstDifference(dx, terms.map { 0.5 * $0.slope }) {
            8 * 0x1p-23 * (whole ? abs($0) : 4) + Double(Float.leastNormalMagnitude)
          } <= 1)
        #expect(table.kernels.binary_cross_entropy(x, y, weights, 0.5, nil, n) == value)
      }
    }
  }

  /// Two differences and the logarithm of values below 64, and the sum with the offset: half a unit each, 2^-19 at most.
  @Test(arguments: KernelTable.all, lengths)
  func logSoftmaxMatchesTheReference(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -15...15)
    let expected = Self.reference(x).map { log($0) - 2.5 }
    var y = x
    table.kernels.log_softmax(x, -2.5, &y, n)
    #expect(worstDifference(y, expected) { _ in 4 * 0x1p-19 } <= 1)
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { table.kernels.log_softmax($0.baseAddress!, -2.5, $0.baseAddress!, n) }
    #expect(inPlace == y)
    // Without an offset, the cross-entropy to the bit.
    table.kernels.log_softmax(x, 0, &y, n)
    #expect([0, n / 2, n - 1].allSatisfy { -y[$0] == table.kernels.cross_entropy(x, n, Int32($0)) })
  }

  @Test(arguments: KernelTable.all)
  func impossibleLogitsHaveProbabilityZero(_ table: KernelTable) {
    let x: [Float] = [-.infinity, 2, -.infinity, 2]
    var y = x
    table.kernels.softmax(x, &y, 4)
    #expect(y == [0, 0.5, 0, 0.5])
    table.kernels.softmax([0, -86, -88, -1000], &y, 4)
    #expect(y[0] == 1 && y[2] == 0 && y[3] == 0)
    #expect(worstDifference([y[1]], [exp(-86)]) { Self.relative * $0 } <= 1)
    #expect(table.kernels.cross_entropy(x, 4, 0) == .infinity)
    table.kernels.log_softmax(x, 0, &y, 4)
    #expect(y[0] == -.infinity && y[2] == -.infinity)
    #expect(abs(table.kernels.cross_entropy(x, 4, 1) - Float(log(2.0))) <= .ulpOfOne)
  }

  @Test(arguments: KernelTable.all)
  func hugeLogitsDoNotOverflow(_ table: KernelTable) {
    let x: [Float] = [1e30, -1e30, 1e30, 3e38]
    var y = x
    table.kernels.softmax(x, &y, 4)
    #expect(y == [0, 0, 0, 1])
    #expect(table.kernels.cross_entropy(x, 4, 3) == 0)
  }

  @Test(arguments: KernelTable.all)
  func notANumberReachesTheLoss(_ table: KernelTable) {
    for place in [0, 7, 20] {
      var x = sampleValues(21)
      x[place] = .nan
      #expect(table.kernels.cross_entropy(x, 21, 3).isNaN)
      #expect(table.kernels.cross_entropy_gradient(&x, 21, 3, 1).isNaN)
      #expect(x.allSatisfy { $0.isNaN })
    }
  }

  @Test func fusedTablesAgreeToTheBit() {
    for n in Self.lengths {
      let x = sampleValues(n, in: -15...15)
      let results = KernelTable.fused.map { table in
        var gradient = x
        let loss = table.kernels.cross_entropy_gradient(&gradient, n, Int32(n / 2), 0.1)
        return bitPatterns(gradient + [loss])
      }
      #expect(results.allSatisfy { $0 == results.first })
    }
  }
}
