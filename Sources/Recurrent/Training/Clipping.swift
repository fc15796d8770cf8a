import Tensors

/// What is done to gradients that are too large. Limits are of the gradient of a task's loss as it is stated there: a mean
/// over tokens or over sequences.
public enum Clipping: Sendable, Hashable, Codable {
  case none
  /// All gradients are scaled together so that their global norm is at most this (Pascanu et al. 2013).
  case norm(Float)
  /// Each element is limited to plus or minus this.
  case value(Float)

  /// The factor for all gradients, and the limit for each element after it.
  func factors(norm: Double) -> (scale: Float, limit: Float) {
    switch self {
    case .none: (1, .infinity)
    // As torch.nn.utils.clip_grad_norm_.
    case .norm(let most): (Float(min(1, Double(most) / (norm + 1e-6))), .infinity)
    case .value(let most): (1, most)
    }
  }
}

extension Gradients {
  /// The square root of the sum of the squares of all elements.
  public var globalNorm: Double { entries.reduce(0) { $0 + $1.tensor.sumOfSquares }.squareRoot() }
}
