import Recurrent
import TestSupport
import Testing

/// Values and gradients of the engine against the plain equations in double precision, and their central differences.
@Suite struct ReferenceGradientTests {
  private static let (batch, time, input, hidden) = (2, 6, 3, 5)

  /// Differences in double precision with steps of 1e-5 are exact to about 1e-9 where the function is smooth; ReLU's kinks
  /// are nowhere near. What remains is float32: sums of some 60 terms below 1 through 6 steps, 60 * 6 * 2^-24 = 2e-5.
  @Test(arguments: CellKind.allCases) func agree(_ kind: CellKind) {
    var initialiser = ParameterInitialiser(seed: 12)
    let layer = RecurrentLayer(kind.cell, input: Self.input, hidden: Self.hidden, initialiser: &initialiser)
    let x = RandomKey(seed: 1).uniform([Self.batch, Self.time, Self.input], in: -1..<1)
    let weights = RandomKey(seed: 2).uniform([Self.batch, Self.time, Self.hidden], in: -1..<1)
    let initial = (0..<layer.cell.states).map {
      RandomKey(seed: 3, stream: UInt32($0)).uniform([Self.batch, Self.hidden], in: -1..<1)
    }
    let (value, output, gradients) = valueAndGradient(of: layer) { layer in
      let (output, _) = layer(.vectors(x), initial: initial)
      return ((output * weights).sum(), output)
    }
    let parameters = layer.parameters.map { $0.tensor.scalars.map { Double($0) } }
    let outputs = reference(kind, parameters, x, initial).flatMap { $0.flatMap { $0 } }
    for (ours, theirs) in zip(output.scalars, outputs) { #expect(abs(Double(ours) - theirs) < 2e-6) }

    func loss(_ parameters: [[Double]]) -> Double {
      zip(reference(kind, parameters, x, initial).joined().joined(), weights.scalars).reduce(0) {
        $0 + $1.0 * Double($1.1)
      }
    }
    #expect(abs(loss(parameters) - Double(value.scalar)) < 2e-5)
    for (index, entry) in gradients.entries.enumerated() {
      for element in 0..<entry.tensor.count {
        var moved = parameters
        moved[index][element] += 1e-5
        let above = loss(moved)
        moved[index][element] -= 2e-5
        let difference = (above - loss(moved)) / 2e-5
        #expect(abs(difference - Double(entry.tensor.scalars[element])) < 2e-5, "\(entry.name)[\(element)]")
      }
    }
  }

  private func reference(
    _ kind: CellKind, _ parameters: [[Double]], _ x: Tensor, _ initial: [Tensor]
  ) -> [[[Double]]] {
    let layer = ReferenceLayer(kind, hidden: Self.hidden, parameters, input: Self.input)
    func row(_ tensor: Tensor, _ start: Int, _ count: Int) -> [Double] {
      tensor.scalars[start..<start + count].map { Double($0) }
    }
    return (0..<Self.batch).map { b in
      var h = row(initial[0], b * Self.hidden, Self.hidden)
      var c = row(initial[initial.count - 1], b * Self.hidden, Self.hidden)
      let steps = (0..<Self.time).map { row(x, (b * Self.time + $0) * Self.input, Self.input) }
      return layer.run(steps, h: &h, c: &c)
    }
  }

  /// Rows of an orthogonal matrix have length 1 and are at right angles, up to float32 rounding of 30 terms.
  @Test func orthogonalMatricesAreOrthogonal() {
    var initialiser = ParameterInitialiser(.orthogonal, seed: 5)
    let layer = RecurrentLayer(GRU(), input: 3, hidden: 30, initialiser: &initialiser)
    let w = layer.parameters[1].tensor
    #expect(w.shape == [90, 30])
    for gate in 0..<3 {
      let part = w.slice(gate * 30..<gate * 30 + 30, axis: 0)
      let product = part.linear(part).scalars
      for i in 0..<30 { for j in 0..<30 { #expect(abs(product[i * 30 + j] - (i == j ? 1 : 0)) < 4e-6) } }
    }
  }

  /// The mean square of a uniform distribution is a third of the bound's; 4,000 numbers give it to a few per cent.
  @Test(arguments: [
    (Initialisation.standard, 501, 0.1 * 0.1 / 3), (.standard, 500, 1), (.orthogonal, 501, 0.1 * 0.1 / 3),
    (.pytorch, 501, 1), (.uniform(0.3), 100, 0.03),
  ])
  func vectorsOfTokensStart(_ method: Initialisation, _ vocabulary: Int, _ meanSquare: Double) {
    var initialiser = ParameterInitialiser(method, seed: 5)
    let embedding = Embedding(vocabulary: vocabulary, features: 4_000 / vocabulary + 1, initialiser: &initialiser)
    let numbers = embedding.weight.scalars.map(Double.init)
    let mean = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    #expect(abs(mean / meanSquare - 1) < 0.1, "\(method) \(mean)")
  }

  @Test func theForgetGateStartsHigher() {
    var first = ParameterInitialiser(.uniform(0.1), seed: 5)
    var second = first
    let plain = RecurrentStack(LSTM(), input: 2, hidden: 4, initialiser: &first).parameters
    let raised = RecurrentStack(LSTM(), input: 2, hidden: 4, forgetBias: 1, initialiser: &second).parameters
    for (a, b) in zip(plain, raised) where a.name != "bias_ih_l0" { #expect(a.tensor == b.tensor) }
    let difference = (raised[2].tensor - plain[2].tensor).scalars
    #expect(difference.enumerated().allSatisfy { abs($1 - ((4..<8).contains($0) ? 1 : 0)) < 1e-6 })
    #expect(plain.allSatisfy { $0.tensor.scalars.allSatisfy { abs($0) <= 0.1 } })
  }
}
