import Recurrent
import TestSupport
import Testing

@Suite struct StepJacobianTests {
  /// Against central differences of the equations in double precision, whose error is below 1e-10.
  @Test(arguments: CellKind.reference) func derivativesAreThoseOfTheEquations(kind: CellKind) {
    let (hidden, features) = (3, 4)
    let model = LanguageModel(
      LanguageModelConfiguration(
        vocabulary: features, cell: kind, hidden: hidden, layers: 1, initialisation: .uniform(0.8)), seed: 3)
    let layer = model.stack.layers[0]
    let states = layer.cell.states
    let (x, state) = (sampleValues(features, seed: 4), sampleValues(states * hidden, in: -0.9...0.9, seed: 5))
    let jacobian = StepJacobian(
      layer, input: Tensor(x, shape: [features]),
      state: (0..<states).map { Tensor(state[$0 * hidden..<($0 + 1) * hidden], shape: [1, hidden]) })
    func after(_ element: Int, _ numbers: [Double]) -> Double {
      var plain = PlainLanguageModel(model)
      plain.h[0] = Array(numbers[..<hidden])
      if states > 1 { plain.c[0] = Array(numbers[hidden..<2 * hidden]) }
      plain.read(Array(numbers.suffix(features)))
      return (plain.h[0] + plain.c[0])[element]
    }
    let at = (state + x).map(Double.init)
    for element in 0..<states * hidden {
      let expected = numericalGradient(of: { after(element, $0) }, at: at)
      let found =
        Array(jacobian.state.scalars[element * states * hidden..<(element + 1) * states * hidden])
        + Array(jacobian.input.scalars[element * features..<(element + 1) * features])
      // Float32 activations, and products of a few of them.
      for (one, other) in zip(found, expected) { #expect(abs(Double(one) - other) < 2e-6) }
      let next = jacobian.next[element / hidden].scalars[element % hidden]
      #expect(abs(Double(next) - after(element, at)) < 2e-6)
    }
  }
}

extension CellKind {
  /// Those that the reference cells of these tests know.
  static let reference: [CellKind] = [.lstm, .gru, .elman, .elmanReLU, .elmanSigmoid]
}
