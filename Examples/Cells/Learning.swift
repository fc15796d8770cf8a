import Foundation
import Recurrent

extension Cells {
  private static let time = 50

  /// The loss in nats of the last update, and characters a second.
  static func train(
    _ cell: any Cell, _ method: GradientMethod, hidden: Int, batch: Int, updates: Int
  ) -> (model: RecurrentStack, loss: Float, speed: Double) {
    var initialiser = ParameterInitialiser(seed: 1)
    var model = RecurrentStack(cell, input: alphabet.count, hidden: hidden, initialiser: &initialiser)
    var optimizer = Optimizer(.adam(), for: model)
    var (last, seconds) = (Float(0), [Double]())
    for _ in 0..<updates {
      let start = Date()
      let (loss, gradients) = valueAndGradient(of: model) { Self.loss($0, method, batch: batch) }
      optimizer.update(&model, gradients, rate: 0.01, clipping: .norm(1))
      last = loss.scalar
      seconds.append(-start.timeIntervalSinceNow)
    }
    return (model, last, Double(batch * time) / seconds.sorted()[updates / 2])
  }

  /// Of rows that each begin somewhere else in the text. The first units of h are the logits.
  private static func loss(_ model: RecurrentStack, _ method: GradientMethod, batch: Int) -> Tensor {
    func characters(_ steps: Range<Int>) -> [Int32] {
      (0..<batch).flatMap { row in steps.map { ids[(row * 5 + $0) % ids.count] } }
    }
    func input(_ steps: Range<Int>) -> SequenceInput {
      .tokens(characters(steps), batch: batch, time: steps.count, embedding: nil)
    }
    func loss(_ h: Tensor, after steps: Range<Int>) -> Tensor {
      (8 * h.slice(0..<alphabet.count, axis: -1))
        .softmaxCrossEntropy(characters(steps.lowerBound + 1..<steps.upperBound + 1))
    }
    if method == .bptt {
      return loss(model(input(0..<time), state: model.zeroState(batch: batch)).output, after: 0..<time)
    }
    var state = model.zeroState(batch: batch, gradient: method)
    var sum = Tensor(0)
    for step in 0..<time {
      let (h, next) = model.step(input(step..<step + 1), state: state, gradient: method, key: RandomKey(seed: 1))
      state = next
      sum = sum + 1 / Float(time) * loss(h, after: step..<step + 1)
    }
    return sum
  }
}
