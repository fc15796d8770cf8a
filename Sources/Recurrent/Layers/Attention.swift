import Tensors

/// Where a decoder looks while it writes: the steps of the source, mixed by how well each goes with the decoder's state.
/// Padded steps have no influence.
public struct Attention: Module {
  /// How well a state h and a step e of the source go together.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// h . e (Luong et al. 2015); both have as many features.
    case dot
    /// h . W e (Luong et al. 2015)
    case general
    /// v . tanh(U h + W e + b) (Bahdanau et al. 2014)
    case additive
  }

  public let method: Method
  /// W^T of `general`, `[memory, queries]`; U of `additive`, `[queries, queries]`.
  public var queryWeight: Tensor?
  /// W and b of `additive`, `[queries, memory]`.
  public var memoryProjection: Linear?
  /// v of `additive`, `[1, queries]`
  public var energy: Tensor?

  /// - Parameters:
  ///   - queries: features of the decoder's states.
  ///   - memory: features of the steps of the source; for `dot`, as many.
  public init(_ method: Method, queries: Int, memory: Int, initialiser: inout ParameterInitialiser) {
    precondition(method != .dot || queries == memory, "dot attention of \(queries) features to \(memory)")
    self.method = method
    switch method {
    case .dot: break
    case .general: queryWeight = initialiser.linear([memory, queries])
    case .additive:
      queryWeight = initialiser.linear([queries, queries])
      memoryProjection = Linear(inputs: memory, outputs: queries, initialiser: &initialiser)
      energy = initialiser.linear([1, queries])
    }
  }

  /// What queries are compared with, made once for all steps of a decoder: `[batch, time, ...]` of `[batch, time, memory]`.
  public func keys(_ memory: Tensor) -> Tensor { memoryProjection.map { $0(memory) } ?? memory }

  /// - Parameters:
  ///   - queries: states of the decoder `[batch, steps, queries]`.
  ///   - keys: of the memory, see `keys(_:)`.
  ///   - memory: `[batch, time, memory]`
  ///   - lengths: steps of each source; nil if all have `time`.
  /// - Returns: the mixed memory `[batch, steps, memory]`, and how much each step of the source counts, which adds up to 1:
  ///   `[batch, steps, time]`.
  public func callAsFunction(
    _ queries: Tensor, keys: Tensor, memory: Tensor, lengths: [Int32]? = nil
  ) -> (context: Tensor, weights: Tensor) {
    let projected = queryWeight.map { queries.linear($0) } ?? queries
    let scores =
      energy.map { projected.additiveScores(keys, energy: $0, lengths: lengths) }
      ?? projected.innerProducts(keys, lengths: lengths)
    let weights = scores.softmax(lengths: lengths)
    return (weights.mixing(memory, lengths: lengths), weights)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    if queryWeight != nil { try visit("query.weight", &queryWeight!) }
    try memoryProjection?.visitParameters(under: "memory", visit)
    if energy != nil { try visit("energy", &energy!) }
  }
}
