import CKernels
import Foundation
import TestSupport
import Testing

/// Cells against their equations in `Double`, gradients against numerical ones of these equations.
@Suite struct CellKernelTests {
  static let lengths = [1, 5, 16, 37]

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// An activation is good to 3 units, and at most 1 in size: 3 * 2^-24. Sums and products of a handful of
  /// them with states and gradients of at most 3 stay within 16 times that.
  static let tolerance = 16 * 3 * 0x1p-24

  @Test(arguments: KernelTable.all, [RN_TANH, RN_RELU, RN_SIGMOID])
  func elman(_ table: KernelTable, _ activation: rn_activation) {
    func f(_ x: Double) -> Double {
      activation == RN_TANH ? tanh(x) : activation == RN_RELU ? max(x, 0) : Self.sigmoid(x)
    }
    for n in Self.lengths {
      var gates = sampleValues(n)
      var h = gates
      var dh = sampleValues(n, seed: 2)
      let (a, gradient) = (gates.map(Double.init), dh)
      table.kernels.elman_forward(activation, n, gates, &h)
      #expect(worstDifference(h, a.map(f)) { _ in Self.tolerance } <= 1)
      table.kernels.elman_backward(activation, n, &gates, h, &dh)
      let expected = numericalGradient(
        of: { x in (0..<n).reduce(0) { $0 + f(x[$1]) * Double(gradient[$1]) } }, at: a)
      #expect(worstDifference(gates, expected) { _ in Self.tolerance } <= 1)
      #expect(dh.allSatisfy { $0 == 0 })
    }
  }

  /// x = [i, f, g, o, c'], one unit.
  static func lstm(_ x: [Double]) -> (c: Double, h: Double) {
    let c = sigmoid(x[1]) * x[4] + sigmoid(x[0]) * tanh(x[2])
    return (c, sigmoid(x[3]) * tanh(c))
  }

  @Test(arguments: KernelTable.all, lengths)
  func lstm(_ table: KernelTable, _ n: Int) {
    let stride = n + 2
    let before = sampleValues(4 * stride)
    var gates = before
    let previous = sampleValues(n, seed: 2)
    var (c, h) = (previous, previous)
    table.kernels.lstm_forward(n, &gates, stride, previous, &c, &h)
    var (dh, dc) = (sampleValues(n, seed: 3), sampleValues(n, seed: 4))
    let (lossH, lossC) = (dh, dc)
    let activations = gates
    table.kernels.lstm_backward(n, &gates, stride, previous, c, &dh, &dc)
    for j in 0..<n {
      let x = (0..<4).map { Double(before[$0 * stride + j]) } + [Double(previous[j])]
      let expected = Self.lstm(x)
      #expect(abs(Double(c[j]) - expected.c) <= Self.tolerance)
      #expect(abs(Double(h[j]) - expected.h) <= Self.tolerance)
      let wanted = numericalGradient(
        of: { Self.lstm($0).h * Double(lossH[j]) + Self.lstm($0).c * Double(lossC[j]) }, at: x)
      let found = (0..<4).map { gates[$0 * stride + j] } + [dc[j]]
      #expect(worstDifference(found, wanted) { _ in Self.tolerance } <= 1, "unit \(j)")
    }
    #expect(dh.allSatisfy { $0 == 0 })
    for gap in (0..<4).flatMap({ [$0 * stride + n, $0 * stride + n + 1] }) {
      #expect(activations[gap] == before[gap] && gates[gap] == before[gap])
    }
  }

  /// x = [r, z, n, apart, h'], one unit.
  static func gru(_ x: [Double]) -> Double {
    let z = sigmoid(x[1])
    return (1 - z) * tanh(x[2] + sigmoid(x[0]) * x[3]) + z * x[4]
  }

  @Test(arguments: KernelTable.all, lengths)
  func gru(_ table: KernelTable, _ n: Int) {
    let stride = n + 2
    let before = sampleValues(3 * stride)
    var gates = before
    let (previous, apartBefore) = (sampleValues(n, seed: 2), sampleValues(n, seed: 5))
    var (h, apart) = (previous, apartBefore)
    table.kernels.gru_forward(n, &gates, stride, apart, previous, &h)
    var dh = sampleValues(n, seed: 3)
    let loss = dh
    table.kernels.gru_backward(n, &gates, stride, &apart, previous, &dh)
    for j in 0..<n {
      let x = (0..<3).map { Double(before[$0 * stride + j]) } + [Double(apartBefore[j]), Double(previous[j])]
      #expect(abs(Double(h[j]) - Self.gru(x)) <= Self.tolerance)
      let wanted = numericalGradient(of: { Self.gru($0) * Double(loss[j]) }, at: x)
      let found = (0..<3).map { gates[$0 * stride + j] } + [apart[j], dh[j]]
      #expect(worstDifference(found, wanted) { _ in Self.tolerance } <= 1, "unit \(j)")
    }
    for gap in (0..<3).flatMap({ [$0 * stride + n, $0 * stride + n + 1] }) {
      #expect(gates[gap] == before[gap])
    }
  }

  /// Without a mask the mean, with one the old or the new, to the bit; gradients likewise.
  @Test(arguments: KernelTable.all, lengths)
  func zoneout(_ table: KernelTable, _ n: Int) {
    let (old, new, gradient) = (sampleValues(n), sampleValues(n, seed: 2), sampleValues(n, seed: 3))
    let mask = (0..<n).map { Float($0 % 3 == 0 ? 0 : 1.25) }
    var (mixed, drawn, d, past) = (old, old, gradient, old)
    table.kernels.zoneout_forward(n, nil, 0.3, old, new, &mixed)
    // A product and a fused (or rounded) sum of numbers below 3: 3 roundings.
    for i in 0..<n { #expect(abs(Double(mixed[i]) - (0.3 * Double(old[i]) + 0.7 * Double(new[i]))) < 3 * 3 * 0x1p-24) }
    table.kernels.zoneout_forward(n, mask, 0.3, old, new, &drawn)
    #expect(drawn == (0..<n).map { mask[$0] == 0 ? old[$0] : new[$0] })
    table.kernels.zoneout_backward(n, mask, 0.3, &d, &past)
    #expect(d == (0..<n).map { mask[$0] == 0 ? 0 : gradient[$0] })
    #expect(past == (0..<n).map { mask[$0] == 0 ? gradient[$0] : 0 })
    d = gradient
    table.kernels.zoneout_backward(n, nil, 0.3, &d, &past)
    #expect(past == gradient.map { $0 * 0.3 } && d == gradient.map { $0 * (1 - Float(0.3)) })
  }

  /// An update gate of 1 copies the state, to the bit.
  @Test(arguments: KernelTable.all)
  func saturatedUpdateGateKeepsTheState(_ table: KernelTable) {
    let previous = sampleValues(20)
    var gates = [Float](repeating: 40, count: 60)
    var h = previous
    table.kernels.gru_forward(20, &gates, 20, previous, previous, &h)
    #expect(h == previous)
  }

  /// The fused cells are the separate functions: their activations are the same bits.
  @Test(arguments: KernelTable.all)
  func gatesAreTheElementwiseFunctions(_ table: KernelTable) {
    let n = 37
    let before = sampleValues(4 * n, in: -9...9)
    var (gates, c, h, sigmoid, tanh) = (before, sampleValues(n), sampleValues(n), before, before)
    table.kernels.lstm_forward(n, &gates, n, sampleValues(n), &c, &h)
    table.kernels.sigmoid(before, &sigmoid, 4 * n)
    table.kernels.tanh(before, &tanh, 4 * n)
    #expect(gates == [Float](sigmoid[..<(2 * n)] + tanh[(2 * n)..<(3 * n)] + sigmoid[(3 * n)...]))
  }

  @Test func fusedTablesAgreeToTheBit() {
    let n = 37
    let results = KernelTable.fused.map { table in
      var (gates, c, h) = (sampleValues(4 * n), sampleValues(n), sampleValues(n))
      table.kernels.lstm_forward(n, &gates, n, sampleValues(n, seed: 2), &c, &h)
      var forward = gates + c + h
      table.kernels.lstm_backward(n, &gates, n, sampleValues(n, seed: 2), c, &h, &c)
      forward += gates + c
      table.kernels.gru_forward(n, &gates, n, sampleValues(n, seed: 3), c, &h)
      return bitPatterns(forward + gates + h)
    }
    #expect(results.allSatisfy { $0 == results.first })
  }
}
