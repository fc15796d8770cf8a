import Foundation
import Recurrent
import TestSupport
import Testing

/// minGRU and minLSTM against the scan in logarithms by which they are defined (Feng et al. 2024, appendix B), which computes all
/// steps at once from sums over time, in double precision.
@Suite struct MinimalCellsTests {
  /// log h_t = a*_t + log sum over s <= t of exp(log b_s - a*_s), with a* the sums of log a up to t, and h_0 as the first b.
  private func scan(_ logA: [Double], _ logB: [Double]) -> [Double] {
    var sums = [0.0]
    for a in logA { sums.append(sums[sums.count - 1] + a) }
    return logA.indices.map { t in
      exp(sums[t + 1] + log((0...t + 1).reduce(0) { $0 + exp(logB[$1] - sums[$1]) }))
    }
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + log(1 + exp(-abs(x))) }
  private func logPositive(_ x: Double) -> Double { x >= 0 ? log(x + 0.5) : -softplus(-x) }

  /// Means of 12 numbers below 4, each step of which is rounded twice: 12 * 2 * 4 * 2^-24 = 6e-6.
  @Test(arguments: [CellKind.minGRU, .minLSTM]) func agreesWithTheScanInLogarithms(_ kind: CellKind) {
    let (time, hidden) = (12, 7)
    var initialiser = ParameterInitialiser(.uniform(2), seed: 8)
    let layer = RecurrentLayer(kind.cell, input: 3, hidden: hidden, initialiser: &initialiser)
    #expect(layer.parameters.map(\.name) == ["weight_ih", "bias_ih"])
    let x = RandomKey(seed: 1).uniform([1, time, 3], in: -1..<1)
    let start = RandomKey(seed: 2).uniform([1, hidden], in: 0.1..<1)
    let output = layer(.vectors(x), initial: [start]).output.scalars
    let gates = x.linear(layer.parameters[0].tensor, bias: layer.parameters[1].tensor).scalars.map(Double.init)
    for unit in 0..<hidden {
      func gate(_ index: Int, _ t: Int) -> Double { gates[(t * kind.cell.gates + index) * hidden + unit] }
      var (logA, logB) = ([Double](), [log(Double(start.scalars[unit]))])
      for t in 0..<time {
        if kind == .minGRU {
          logA.append(-softplus(gate(0, t)))
          logB.append(-softplus(-gate(0, t)) + logPositive(gate(1, t)))
        } else {
          let difference = softplus(-gate(0, t)) - softplus(-gate(1, t))
          logA.append(-softplus(difference))
          logB.append(-softplus(-difference) + logPositive(gate(2, t)))
        }
      }
      for (t, h) in scan(logA, logB).enumerated() {
        #expect(abs(Double(output[t * hidden + unit]) - h) < 6e-6, "step \(t), unit \(unit)")
      }
    }
  }

  /// Gates far from zero: the state stays, or goes, and nothing is infinite.
  @Test func extremeGatesStayFinite() {
    for table in KernelTable.all {
      for values in [[-200, -200], [-200, 200], [200, -200], [200, 200], [-80, -90]] as [[Float]] {
        var gates = values + [0.25]
        var (h, d): (Float, Float) = (0, 1)
        table.kernels.min_lstm_forward(1, &gates, 1, [0.5], &h)
        #expect(h >= 0.5 && h <= 0.75)
        table.kernels.min_lstm_backward(1, &gates, 1, [0.5], &d)
        #expect((gates + [d]).allSatisfy(\.isFinite) && d >= 0 && d <= 1)
      }
    }
  }
}
