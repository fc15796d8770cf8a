import Recurrent
import Tensors
import TestSupport
import Testing

/// Whole outputs, final states and gradients against torch.nn.RNN, LSTM and GRU.
///
/// Tolerance: both sides are float32 with another order of additions. A value passes through at most 7 steps of 3 layers,
/// and a sum has at most 7 * 5 * 42 terms of size about 1, so rounding differs by about sqrt(1470) * 2^-24 = 2.3e-6 a
/// sum, and by some factor of 2 to 5 once it has passed through the layers: 2e-5 relative to 1 + |value|.
@Suite struct GoldenCellTests {
  static let tolerance = 2e-5
  static let cases: [String] = (try? Golden("cells").cases) ?? []

  @Test func coversEverything() { #expect(Self.cases.count == 102) }

  @Test(arguments: cases) func agreesWithPyTorch(_ name: String) throws {
    let golden = try Golden("cells")
    func tensor(_ key: String) throws -> Tensor { try golden.tensor("\(name)/\(key)") }
    let parts = name.split(separator: ".")
    let kind = try #require(CellKind(rawValue: String(parts[0])))
    let layers = try #require(Int(parts[1]))
    let directions = parts[2] == "bi" ? 2 : 1
    let x = try tensor("x")
    let (batch, hidden) = (x.shape[0], try tensor("weight_hh_l0").shape[1])
    let lengths = golden.has("\(name)/lengths") ? try golden.integers("\(name)/lengths") : nil

    var initialiser = ParameterInitialiser(seed: 0)
    var stack = RecurrentStack(
      kind.cell, input: x.shape[2], hidden: hidden, layers: layers, bidirectional: directions == 2,
      initialiser: &initialiser)
    try stack.visitParameters { $1 = try tensor($0) }
    let keys = kind == .lstm ? ["h", "c"] : ["h"]
    let initial = try keys.map { try tensor("\($0)0") }
    let weights = try (["y"] + keys).map { try tensor("w\($0)") }

    // The input and the initial states are parameters here, so that their gradients come too.
    let problem = Problem(stack: stack, x: x, initial: initial)
    let (_, results, gradients) = valueAndGradient(of: problem) { problem in
      let state = RecurrentState(
        layers: (0..<layers * directions).map { layer in
          problem.initial.map { $0.slice(layer..<layer + 1, axis: 0).reshaped([batch, hidden]) }
        })
      let (y, final) = problem.stack(.vectors(problem.x), state: state, lengths: lengths)
      let finals = keys.indices.map { vector in
        Tensor.concatenate(
          final.layers.map { $0[vector].reshaped([1, batch, hidden]) }, axis: 0)
      }
      let loss = zip([y] + finals, weights).map { ($0 * $1).sum() }.reduce(Tensor(0), +)
      return (loss, [y] + finals)
    }
    for (key, result) in zip(["y"] + keys.map { "\($0)n" }, results) { expect(key, result, try tensor(key)) }
    for (key, gradient) in gradients.entries { expect("grad/\(key)", gradient, try tensor("grad/\(key)")) }
    #expect(gradients.entries.count == 4 * layers * directions + 1 + keys.count)
  }

  private func expect(_ key: String, _ ours: Tensor, _ theirs: Tensor) {
    let difference = Difference(ours, theirs)
    #expect(difference.worst <= Self.tolerance, "\(key): \(difference)")
  }

  private struct Problem: Module {
    var stack: RecurrentStack
    var x: Tensor
    var initial: [Tensor]

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try stack.visitParameters(visit)
      try visit("x", &x)
      try visit("h0", &initial[0])
      if initial.count > 1 { try visit("c0", &initial[1]) }
    }
  }
}
