import CKernels
import Tensors

/// One vector for a whole sequence, from a vector for each of its steps. Padded steps have no influence, and a sequence
/// without steps gives zeros.
public struct SequencePooling: Module {
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// The last step; in a bidirectional stack, the last step of the forward half and the first step of the backward
    /// half: where each direction has read everything.
    case last
    /// The mean over the steps.
    case mean
    /// The largest value of each feature.
    case max
    /// The sum of the steps weighted by softmax over t of v^T tanh(W h_t + b): additive attention (Yang et al. 2016).
    case attention
    /// `last`, `max` and `mean` side by side (Howard and Ruder 2018).
    case concat

    /// Features of the vector of a sequence, from those of a step.
    func outputSize(_ features: Int) -> Int { self == .concat ? 3 * features : features }
  }

  /// Rows of W where nothing else is asked for.
  public static let attentionSize = 100

  public let method: Method
  public let bidirectional: Bool
  /// Features of the vector of a sequence.
  public let outputSize: Int
  /// W `[size, features]` and b `[size]`; attention alone has them.
  public var projection: Linear?
  /// v `[1, size]`
  public var query: Tensor?

  /// - Parameters:
  ///   - features: of the vectors to pool.
  ///   - bidirectional: the second half of the features comes from a stack that reads backward.
  ///   - size: rows of W, for attention.
  public init(
    _ method: Method, features: Int, bidirectional: Bool = false, size: Int = attentionSize,
    initialiser: inout ParameterInitialiser
  ) {
    precondition(!bidirectional || features % 2 == 0, "two directions of \(features) features together")
    self.method = method
    self.bidirectional = bidirectional
    outputSize = method.outputSize(features)
    if method == .attention {
      projection = Linear(inputs: features, outputs: size, initialiser: &initialiser)
      query = initialiser.linear([1, size])
    }
  }

  /// - Parameters:
  ///   - x: `[batch, time, features]`
  ///   - lengths: steps of each sequence; nil if all have the full length.
  /// - Returns: `[batch, outputSize]`
  public func callAsFunction(_ x: Tensor, lengths: [Int32]? = nil) -> Tensor {
    precondition(x.shape.rank == 3, "\(x.shape) is not [batch, time, features]")
    let layout = SequenceLayout(batch: x.shape[0], time: x.shape[1], lengths: lengths)
    let pooling = SequenceReduction(layout, features: x.shape[2])
    switch method {
    case .last: return pooling.last(x, bidirectional: bidirectional)
    case .mean: return pooling.mean(x)
    case .max: return pooling.largest(x)
    case .attention:
      guard let projection, let query else { preconditionFailure("attention without parameters") }
      let steps = layout.positions.map(Int32.init)
      let rows = x.reshaped([x.shape.rows, x.shape[2]])
      let existing = steps.count == x.shape.rows ? rows : rows.gather(steps, shape: [steps.count])
      return pooling.weighted(existing, by: projection(existing).tanh().linear(query))
    case .concat:
      return Tensor.concatenate(
        [pooling.last(x, bidirectional: bidirectional), pooling.largest(x), pooling.mean(x)], axis: 1)
    }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try projection?.visitParameters(under: "projection", visit)
    if var vector = query {
      query = nil  // so that a change happens in place
      defer { query = vector }
      try visit("query", &vector)
    }
  }
}
