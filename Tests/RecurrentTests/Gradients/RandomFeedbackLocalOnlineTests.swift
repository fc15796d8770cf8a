import Recurrent
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Murray's network: it leaks, with time constant `tau`.
private struct LeakyCell: Cell {
  let tau: Float
  var gates: Int { 1 }

  func forward(_ row: CellRow) {
    for i in 0..<row.units {
      row.gate(0)[i] = tanhf(row.gate(0)[i])
      row.next[0][i] = (1 - 1 / tau) * row.previous[0][i] + row.gate(0)[i] / tau
    }
  }

  func backward(_ row: CellRow) {
    for i in 0..<row.units {
      let (f, d) = (row.gate(0)[i], row.gradient[0][i])
      row.gate(0)[i] = d * (1 - f * f) / tau
      row.gradient[0][i] = d * (1 - 1 / tau)
    }
  }
}

@Suite struct RandomFeedbackLocalOnlineTests {
  private static let problem = SteppedStack(input: 3, hidden: 5)

  /// Without recurrent weights nothing is left out.
  @Test(arguments: everyCell.indices) func exactWithoutRecurrentWeights(_ index: Int) {
    let alone = SteppedStack.stack(everyCell[index], input: 3, hidden: 5) { name, tensor in
      if name.hasPrefix("weight_hh") { tensor = Tensor(shape: tensor.shape) }
    }
    let whole = valueAndGradient(of: alone) { Self.problem.whole($0) }.gradients
    let local = valueAndGradient(of: alone) { Self.problem.stepped($0, .rflo) }.gradients
    #expect(SteppedStack.difference(local, whole) < RealTimeRecurrentLearningTests.tolerance)
    guard everyCell[index].readsOutput else { return }
    let stack = SteppedStack.stack(everyCell[index], input: 3, hidden: 5)
    let other = valueAndGradient(of: stack) { Self.problem.whole($0) }.gradients
    let approximate = valueAndGradient(of: stack) { Self.problem.stepped($0, .rflo) }.gradients
    #expect(SteppedStack.difference(approximate, other) > 1e-3)
  }

  /// The paper's equations in double precision, for his network: float32 rounds sums of 14 terms, 14 * 2^-24 = 1e-6, some
  /// times over.
  @Test func isTheRuleOfThePaper() {
    let (hidden, inputs, tau) = (5, 3, 3.0)
    let problem = SteppedStack(input: inputs, hidden: hidden, batch: 1)
    let stack = SteppedStack.stack(LeakyCell(tau: Float(tau)), input: inputs, hidden: hidden)
    let gradients = valueAndGradient(of: stack) { problem.stepped($0, .rflo) }.gradients
    let parameters = stack.parameters.map { $0.tensor.scalars.map { Double($0) } }
    let (x, error) = (problem.x.scalars.map { Double($0) }, problem.weights.scalars.map { Double($0) })
    var h = [Double](repeating: 0, count: hidden)
    var p = [Double](repeating: 0, count: hidden * hidden)
    var dw = p
    for t in 0..<problem.time {
      var next = h
      for i in 0..<hidden {
        var u = parameters[2][i] + parameters[3][i]
        for j in 0..<inputs { u += parameters[0][i * inputs + j] * x[t * inputs + j] }
        for j in 0..<hidden { u += parameters[1][i * hidden + j] * h[j] }
        next[i] = (1 - 1 / tau) * h[i] + tanh(u) / tau
        for j in 0..<hidden {
          p[i * hidden + j] = (1 - 1 / tau) * p[i * hidden + j] + (1 - tanh(u) * tanh(u)) * h[j] / tau
          dw[i * hidden + j] += error[t * hidden + i] * p[i * hidden + j]
        }
      }
      h = next
    }
    for (ours, theirs) in zip(gradients["weight_hh_l0"]!.scalars, dw) { #expect(abs(Double(ours) - theirs) < 5e-6) }
  }

  /// Other weights bring back the error to what an output layer reads, and do not change the layer's own gradient.
  @Test func feedbackTakesTheWeightsPlaceOnTheWayBack() {
    let x = RandomKey(seed: 1).uniform([4, 3], in: -1..<1)
    let w = RandomKey(seed: 2).uniform([2, 3], in: -1..<1)
    let b = RandomKey(seed: 3).uniform([2, 3], in: -1..<1)
    let d = RandomKey(seed: 4).uniform([4, 2], in: -1..<1)
    let (value, gradients) = valueAndGradient(of: Two(x: x, w: w)) { (($0.x.linear($0.w, feedback: b)) * d).sum() }
    let plain = valueAndGradient(of: Two(x: x, w: w)) { (($0.x.linear($0.w)) * d).sum() }
    #expect(value == plain.value && gradients["w"] == plain.gradients["w"])
    #expect(gradients["x"] == d.matmul(b))
  }

  private struct Two: Module {
    var x: Tensor
    var w: Tensor

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("x", &x)
      try visit("w", &w)
    }
  }
}
