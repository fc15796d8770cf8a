import CKernels
import Foundation
import TestSupport
import Testing

/// The errors stated at the head of bodies/functions.h.
@Suite struct FunctionAccuracyTests {
  enum Function: CaseIterable {
    case exp, log, tanh, sigmoid

    /// In units in the last place; the largest found over all 2^32 floats, rounded up.
    var bound: Double {
      switch self {
      case .exp: 1.1
      case .log: 0.9
      case .tanh: 2.6
      case .sigmoid: 2.5
      }
    }

    func reference(_ x: Double) -> Double {
      switch self {
      case .exp: Foundation.exp(x)
      case .log: Foundation.log(x)
      case .tanh: Foundation.tanh(x)
      // Each form where it neither overflows nor loses the small result.
      case .sigmoid: x < 0 ? Foundation.exp(x) / (1 + Foundation.exp(x)) : 1 / (1 + Foundation.exp(-x))
      }
    }

    func apply(_ table: KernelTable, _ x: [Float]) -> [Float] {
      var y = x
      let kernels = table.kernels
      switch self {
      case .exp: kernels.exp(x, &y, x.count)
      case .log: kernels.log(x, &y, x.count)
      case .tanh: kernels.tanh(x, &y, x.count)
      case .sigmoid: kernels.sigmoid(x, &y, x.count)
      }
      return y
    }
  }

  /// |y - reference| in units in the last place of the reference; infinite where one is NaN or infinite
  /// without cause.
  static func error(_ y: Float, _ reference: Double) -> Double {
    if reference.isNaN || y.isNaN { return reference.isNaN && y.isNaN ? 0 : .infinity }
    if y.isInfinite || reference.isInfinite || abs(reference) >= 0x1p128 {
      // Half a unit below 2^128 is where rounding to infinity begins.
      return y.isInfinite && abs(reference) >= 0x1.ffffffp127 && (y > 0) == (reference > 0) ? 0 : .infinity
    }
    let exponent = max(reference == 0 ? -126 : reference.exponent, -126)
    return abs(Double(y) - reference) * Double(sign: .plus, exponent: 23 - Int(exponent), significand: 1)
  }

  @Test(arguments: KernelTable.all, Function.allCases)
  func sampledOverAllFloats(_ table: KernelTable, _ function: Function) {
    #if DEBUG
      let stride: UInt64 = 9973
    #else
      let stride: UInt64 = 97
    #endif
    var worst = 0.0
    var at: Float = 0
    var pattern: UInt64 = 0
    while pattern <= UInt64(UInt32.max) {
      let end = min(pattern + 4096 * stride, UInt64(UInt32.max) + 1)
      let x = Swift.stride(from: pattern, to: end, by: Int(stride)).map { Float(bitPattern: UInt32($0)) }
      let y = function.apply(table, x)
      for i in x.indices {
        let error = Self.error(y[i], function.reference(Double(x[i])))
        if error > worst { (worst, at) = (error, x[i]) }
      }
      pattern += UInt64(x.count) * stride
    }
    #expect(worst <= function.bound, "\(worst) ulp at \(at)")
  }

  @Test(arguments: KernelTable.all, Function.allCases)
  func specialValuesFollowTheReference(_ table: KernelTable, _ function: Function) {
    let y = function.apply(table, specialValues)
    for (x, y) in zip(specialValues, y) {
      #expect(Self.error(y, function.reference(Double(x))) <= function.bound, "\(x) gives \(y)")
    }
  }

  @Test(arguments: KernelTable.all)
  func tanhKeepsSignAndSmallValues(_ table: KernelTable) {
    let small: [Float] = [-0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-30, -1e-10]
    #expect(bitPatterns(Function.tanh.apply(table, small)) == bitPatterns(small))
    #expect(Function.tanh.apply(table, [20, -20, .infinity, -.infinity]) == [1, -1, 1, -1])
  }

  @Test(arguments: KernelTable.all)
  func saturatedSigmoidIsExact(_ table: KernelTable) {
    #expect(Function.sigmoid.apply(table, [0, 30, .infinity, -.infinity, -200]) == [0.5, 1, 1, 0, 0])
  }
}
