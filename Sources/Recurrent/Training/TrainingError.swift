/// Why training cannot go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss, or the norm of its gradient, is infinite or not a number.
  case notFinite(step: Int, loss: Double, gradientNorm: Double, rate: Float, lastCheckpoint: String)
  /// A checkpoint that does not belong to this model.
  case checkpointMismatch(path: String, detail: String)
  /// An adaptive softmax over tokens whose ids say nothing of their frequency.
  case tokensWithoutOrder(Tokenizer.Kind)
  /// A model that cannot be.
  case configuration(String)

  public var description: String {
    switch self {
    case .notFinite(let step, let loss, let norm, let rate, let checkpoint):
      "step \(step): the loss is \(loss) with a gradient of norm \(norm) at rate \(rate); try a lower --rate or "
        + "--clip norm:1 (\(checkpoint) holds the last good state)"
    case .checkpointMismatch(let path, let detail):
      "\(path) does not fit its model: \(detail); train anew with another --out"
    case .tokensWithoutOrder(let kind):
      "an adaptive softmax needs tokens in the order of their frequency, and the \(kind.rawValue) tokenizer does not give "
        + "them so; use --tokenizer word or --softmax full"
    case .configuration(let flaw): "the options ask for \(flaw)"
    }
  }
}
