import Tensors

/// A table with a row for each token.
public struct Embedding: Module {
  /// `[vocabulary, features]`
  public var weight: Tensor

  public init(vocabulary: Int, features: Int, initialiser: inout ParameterInitialiser) {
    weight = initialiser.embedding([vocabulary, features])
  }

  /// `[..., features]` for ids of the given shape.
  public func callAsFunction(_ ids: [Int32], shape: Shape) -> Tensor { weight.gather(ids, shape: shape) }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("weight", &weight)
  }
}
