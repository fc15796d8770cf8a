import CKernels
import TestSupport
import Testing

/// Ten steps of each optimiser against PyTorch's update rules in `Double`.
@Suite struct OptimiserKernelTests {
  static let n = 37
  static let steps = 10

  static func gradient(_ step: Int) -> [Float] { sampleValues(n, in: -2...2, seed: UInt64(100 + step)) }

  /// Scaling and clipping as the kernels document them.
  static func clipped(_ g: Float, _ scale: Float, _ limit: Float) -> Double {
    min(max(Double(g) * Double(scale), -Double(limit)), Double(limit))
  }

  /// Each step rounds an update of at most `rate` * 10 a few times and a weight of at most 4 once (2^-23);
  /// ten steps.
  static let tolerance = 10 * 2 * 0x1p-23

  @Test(arguments: KernelTable.all, [(Float(0), Float(0)), (0.9, 0), (0.9, 0.1)])
  func sgd(_ table: KernelTable, _ settings: (momentum: Float, decay: Float)) {
    let (rate, scale, limit): (Float, Float, Float) = (0.05, 0.7, 1)
    var (w, buffer) = (sampleValues(Self.n), [Float](repeating: 0, count: Self.n))
    var (expected, expectedBuffer) = (w.map(Double.init), [Double](repeating: 0, count: Self.n))
    for step in 1...Self.steps {
      let g = Self.gradient(step)
      if settings.momentum == 0 {
        table.kernels.sgd(&w, g, nil, Self.n, scale, limit, rate, 0, settings.decay)
      } else {
        table.kernels.sgd(&w, g, &buffer, Self.n, scale, limit, rate, settings.momentum, settings.decay)
      }
      for i in 0..<Self.n {
        let d = Self.clipped(g[i], scale, limit) + Double(settings.decay) * expected[i]
        expectedBuffer[i] = step == 1 ? d : Double(settings.momentum) * expectedBuffer[i] + d
        expected[i] -= Double(rate) * expectedBuffer[i]
      }
    }
    #expect(worstDifference(w, expected) { _ in Self.tolerance } <= 1)
  }

  @Test(arguments: KernelTable.all, [Float(0), 0.1])
  func rmsprop(_ table: KernelTable, _ weightDecay: Float) {
    let (rate, decay, epsilon): (Float, Float, Float) = (0.01, 0.99, 1e-8)
    var (w, square) = (sampleValues(Self.n), [Float](repeating: 0, count: Self.n))
    var (expected, expectedSquare) = (w.map(Double.init), [Double](repeating: 0, count: Self.n))
    for step in 1...Self.steps {
      let g = Self.gradient(step)
      table.kernels.rmsprop(&w, g, &square, Self.n, 1, .infinity, rate, decay, epsilon, weightDecay)
      for i in 0..<Self.n {
        let d = Double(g[i]) + Double(weightDecay) * expected[i]
        expectedSquare[i] = Double(decay) * expectedSquare[i] + (1 - Double(decay)) * d * d
        expected[i] -= Double(rate) * d / (expectedSquare[i].squareRoot() + Double(epsilon))
      }
    }
    #expect(worstDifference(w, expected) { _ in Self.tolerance } <= 1)
  }

  @Test(arguments: KernelTable.all, [(Float(0), false), (0.1, false), (0.1, true)])
  func adam(_ table: KernelTable, _ settings: (decay: Float, decoupled: Bool)) {
    let (rate, beta1, beta2, epsilon): (Float, Float, Float, Float) = (0.01, 0.9, 0.999, 1e-8)
    var w = sampleValues(Self.n)
    var (first, second) = ([Float](repeating: 0, count: Self.n), [Float](repeating: 0, count: Self.n))
    var expected = w.map(Double.init)
    var (m, v) = ([Double](repeating: 0, count: Self.n), [Double](repeating: 0, count: Self.n))
    var (power1, power2) = (1.0, 1.0)
    for step in 1...Self.steps {
      let g = Self.gradient(step)
      power1 *= Double(beta1)
      power2 *= Double(beta2)
      table.kernels.adam(
        &w, g, &first, &second, Self.n, 0.5, 0.8, rate, beta1, beta2, epsilon, Float(1 - power1),
        Float(1 - power2),
        settings.decay, settings.decoupled)
      for i in 0..<Self.n {
        var d = Self.clipped(g[i], 0.5, 0.8)
        if settings.decoupled {
          expected[i] *= 1 - Double(rate) * Double(settings.decay)
        } else {
          d += Double(settings.decay) * expected[i]
        }
        m[i] = Double(beta1) * m[i] + (1 - Double(beta1)) * d
        v[i] = Double(beta2) * v[i] + (1 - Double(beta2)) * d * d
        let root = v[i].squareRoot() / (1 - power2).squareRoot() + Double(epsilon)
        expected[i] -= Double(rate) / (1 - power1) * m[i] / root
      }
    }
    #expect(worstDifference(w, expected) { _ in Self.tolerance } <= 1)
    #expect(worstDifference(first, m) { _ in 0x1p-22 } <= 1)
  }

  /// All three on one gradient, with a limit on its size.
  static func step(_ table: KernelTable, _ g: [Float], state: Float = 0) -> [(w: [Float], state: [Float])] {
    let (w, zero) = ([Float](repeating: 1, count: g.count), [Float](repeating: state, count: g.count))
    var (w1, b1, w2, b2, w3, b3, v3) = (w, zero, w, zero, w, zero, zero)
    table.kernels.sgd(&w1, g, &b1, g.count, 1, 5, 0.1, 0.9, 0)
    table.kernels.rmsprop(&w2, g, &b2, g.count, 1, 5, 0.1, 0.9, 1e-8, 0)
    table.kernels.adam(&w3, g, &b3, &v3, g.count, 1, 5, 0.1, 0.9, 0.99, 1e-8, 0.1, 0.01, 0, false)
    return [(w1, b1), (w2, b2), (w3, b3 + v3)]
  }

  @Test(arguments: KernelTable.all)
  func notANumberIsNotHiddenByClipping(_ table: KernelTable) {
    var g = sampleValues(21)
    g[3] = .nan
    g[20] = .nan
    for (w, _) in Self.step(table, g) {
      #expect(w.indices.allSatisfy { w[$0].isNaN == g[$0].isNaN })
    }
  }

  /// 0.9 times the least subnormal rounds to itself: without a floor an average would never leave the slow
  /// subnormals.
  @Test(arguments: KernelTable.all)
  func averagesReachZero(_ table: KernelTable) {
    for (_, state) in Self.step(table, [Float](repeating: 0, count: 20), state: .leastNonzeroMagnitude) {
      #expect(state.allSatisfy { $0 == 0 })
    }
  }

  @Test func fusedTablesAgreeToTheBit() {
    let g = sampleValues(100, in: -10...10)
    let results = KernelTable.fused.map {
      Self.step($0, g, state: 0.5).flatMap { bitPatterns($0.w + $0.state) }
    }
    #expect(results.allSatisfy { $0 == results.first })
  }
}
