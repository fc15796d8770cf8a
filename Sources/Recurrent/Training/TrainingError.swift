/// Why training cannot go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss, or the norm of its gradient, is infinite or not a number.
  case notFinite(step: Int, loss: Double, gradientNorm: Double, rate: Float, lastCheckpoint: String)
  /// A checkpoint that does not belong to this model.
  case checkpointMismatch(path: String, detail: String)

  public var description: String {
    switch self {
    case .notFinite(let step, let loss, let norm, let rate, let checkpoint):
      "step \(step): the loss is \(loss) with a gradient of norm \(norm) at rate \(rate); try a lower --rate or "
        + "--clip norm:1 (\(checkpoint) holds the last good state)"
    case .checkpointMismatch(let path, let detail):
      "\(path) does not fit its model: \(detail); train anew with another --out"
    }
  }
}
