import Tensors

/// How much each token of a text speaks for the label that a classifier gives it.
public struct Explanation: Sendable, Hashable {
  /// The label that is explained: the most probable.
  public let label: String
  public let probability: Double
  /// The text as the classifier reads it, token by token.
  public let tokens: [String]
  /// Of each token, in nats of log-odds: above 0 it speaks for the label, below against it.
  public internal(set) var weights: [Double]
  /// The log-odds of the label for the text, and for a text of the same length whose tokens all have the vector zero.
  public let logOdds: Double
  public let baselineLogOdds: Double

  /// The distance of the sum of the weights from what it must be, the difference of the two log-odds (completeness).
  public var completenessError: Double { abs(weights.reduce(0, +) - (logOdds - baselineLogOdds)) }

  /// The most that this distance should be: a hundredth of the difference, or of 1 where that is less.
  public var completenessTolerance: Double { 0.01 * max(1, abs(logOdds - baselineLogOdds)) }

  /// False where even the finest steps miss where the log-odds change, so that the weights are not to be relied on.
  public var isComplete: Bool { completenessError <= completenessTolerance }
}

extension TrainedClassifier {
  /// Integrated gradients (Sundararajan et al. 2017): the gradient of the log-odds with respect to the tokens' vectors,
  /// averaged along the straight line from zero to them, times the vectors.
  ///
  /// The line is cut more and more finely, into 1,024 parts at most, until the explanation is complete. Whether it is so
  /// in the end, `Explanation.isComplete` says.
  ///
  /// - Throws: `ClassifierError.readsVectors`; what a text that is not of the tokenizer's kind gives.
  public func explain(_ text: String) throws -> Explanation {
    guard let tokenizer, let embedding = model.embedding else { throw ClassifierError.readsVectors }
    let ids = try reading.tokens(text, tokenizer)
    let logits = model.logits(.tokens([ids]))[0]
    let probabilities = model.probabilities(logits, temperature: temperature)
    let target = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    let vectors = embedding(ids, shape: [1, ids.count]).detached
    let line = InterpolatedTexts(model, temperature: temperature, vectors: vectors, target: target)
    var steps = 32
    var explanation = Explanation(
      label: labels[target], probability: probabilities[target], tokens: reading.pieces(text, tokenizer),
      weights: line.weights(steps: steps), logOdds: line.logOdds(scale: 1), baselineLogOdds: line.logOdds(scale: 0))
    while steps < 1024, !ids.isEmpty, !explanation.isComplete {
      steps *= 2
      explanation.weights = line.weights(steps: steps)
    }
    return explanation
  }
}

/// A text on its way from zero vectors to its own.
private struct InterpolatedTexts {
  let model: Classifier
  /// Divides the logits, as it does for probabilities.
  let temperature: Double
  /// `[1, time, features]`
  let vectors: Tensor
  let target: Int
  private let time: Int
  private let features: Int

  /// Most points of the line that are computed side by side.
  private static let side = 32

  init(_ model: Classifier, temperature: Double, vectors: Tensor, target: Int) {
    (self.model, self.temperature, self.vectors, self.target) = (model, temperature, vectors, target)
    (time, features) = (vectors.shape[1], vectors.shape[2])
  }

  /// What the gradient is taken with respect to.
  private struct Inputs: Module {
    var vectors: Tensor
    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("vectors", &vectors)
    }
  }

  /// `[scales, time, features]`
  private func batch(_ scales: [Float]) -> Tensor {
    Tensor.concatenate(scales.map { $0 * vectors }, axis: 0)
  }

  private func logits(_ x: Tensor) -> Tensor {
    model(.vectors(x), lengths: Array(repeating: Int32(time), count: x.shape[0]))
  }

  func logOdds(scale: Float) -> Double {
    guard time > 0 else { return odds(model.logits(.tokens([[]]))[0]).value }
    return odds(logits(batch([scale])).scalars).value
  }

  /// log p / (1 - p) of the target from a row of logits, and its derivative with respect to them.
  private func odds(_ logits: [Float]) -> (value: Double, slope: [Float]) {
    let row = logits.map { Double($0) / temperature }
    func slope(_ of: (Int) -> Double) -> [Float] { row.indices.map { Float(of($0) / temperature) } }
    if model.configuration.multiLabel { return (row[target], slope { $0 == target ? 1 : 0 }) }
    // The target's logit minus the log of the sum of the others' exponentials.
    let others = row.indices.filter { $0 != target }
    let most = others.map { row[$0] }.max() ?? 0
    let sum = others.reduce(0) { $0 + Double.exp(row[$1] - most) }
    return (row[target] - most - Double.log(sum), slope { $0 == target ? 1 : -Double.exp(row[$0] - most) / sum })
  }

  /// The weight of each step, from so many points, each in the middle of its part of the line.
  func weights(steps: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: time)
    guard time > 0 else { return sums }
    for first in stride(from: 0, to: steps, by: Self.side) {
      let scales = (first..<min(steps, first + Self.side)).map { (Float($0) + 0.5) / Float(steps) }
      let x = batch(scales)
      let labels = model.configuration.labels.count
      let found = logits(x).scalars
      let slopes = scales.indices.flatMap { odds(Array(found[$0 * labels..<($0 + 1) * labels])).slope }
      // The slopes are constants here: the gradient of the sum is that of the log-odds.
      let weight = Tensor(slopes, shape: [scales.count, labels])
      let gradient = valueAndGradient(of: Inputs(vectors: x)) { (logits($0.vectors) * weight).sum() }
        .gradients.entries[0].tensor
      for point in scales.indices {
        for step in 0..<time {
          for feature in 0..<features {
            sums[step] +=
              Double(gradient.pointer[(point * time + step) * features + feature])
              * Double(vectors.pointer[step * features + feature])
          }
        }
      }
    }
    return sums.map { $0 / Double(steps) }
  }
}
