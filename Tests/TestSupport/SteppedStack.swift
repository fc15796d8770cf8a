import Recurrent
import Tensors

/// A stack over random sequences, with random weights for its outputs: the loss is their weighted sum over all steps. Run
/// whole, it is differentiated backward through time; step by step, by a method that goes forward.
package struct SteppedStack {
  package let x: Tensor
  package let weights: Tensor
  package let batch: Int
  package let time: Int

  package init(input: Int, hidden: Int, batch: Int = 2, time: Int = 7) {
    x = RandomKey(seed: 21).uniform([batch, time, input], in: -1..<1)
    weights = RandomKey(seed: 22).uniform([batch, time, hidden], in: -1..<1)
    (self.batch, self.time) = (batch, time)
  }

  package func whole(_ stack: RecurrentStack) -> Tensor {
    (stack(.vectors(x), state: stack.zeroState(batch: batch)).output * weights).sum()
  }

  /// The sum of the sizes of the terms of the loss.
  package func terms(_ stack: RecurrentStack) -> Double {
    let output = stack(.vectors(x), state: stack.zeroState(batch: batch)).output
    return (output * weights).scalars.reduce(0) { $0 + Double(abs($1)) }
  }

  /// - Parameter seed: of what a method draws.
  package func stepped(_ stack: RecurrentStack, _ gradient: GradientMethod, seed: UInt64 = 0) -> Tensor {
    var state = stack.zeroState(batch: batch, gradient: gradient)
    var sum = Tensor(0)
    for t in 0..<time {
      let (output, next) = stack.step(
        .vectors(x.slice(t..<t + 1, axis: 1)), state: state, gradient: gradient,
        key: RandomKey(seed: seed, step: UInt32(t)))
      state = next
      sum = sum + (output * weights.slice(t..<t + 1, axis: 1)).sum()
    }
    return sum
  }

  /// A stack with parameters as `torch.nn` begins, of which `change` makes others.
  package static func stack(
    _ cell: any Cell, input: Int, hidden: Int, layers: Int = 1, change: (String, inout Tensor) -> Void = { _, _ in }
  ) -> RecurrentStack {
    var initialiser = ParameterInitialiser(seed: 6)
    var stack = RecurrentStack(cell, input: input, hidden: hidden, layers: layers, initialiser: &initialiser)
    stack.visitParameters(change)
    return stack
  }

  /// The largest difference between two gradients of a stack, as `Difference` measures it, of the parameters that `of` picks.
  package static func difference(_ a: Gradients, _ b: Gradients, of picks: (String) -> Bool = { _ in true }) -> Double {
    zip(a.entries, b.entries).reduce(0) { worst, pair in
      picks(pair.0.name) ? max(worst, Difference(pair.0.tensor, pair.1.tensor).worst) : worst
    }
  }
}
