import Tensors

/// Layer normalisation over the last axis (Ba, Kiros and Hinton 2016).
public struct LayerNorm: Module {
  /// The factors, `[features]`; PyTorch's `weight`.
  public var scale: Tensor
  /// The offsets, `[features]`; PyTorch's `bias`.
  public var shift: Tensor
  public let epsilon: Float

  public init(features: Int, epsilon: Float = 1e-5) {
    scale = Tensor(shape: [features], repeating: 1)
    shift = Tensor(shape: [features])
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm(scale: scale, shift: shift, epsilon: epsilon) }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("weight", &scale)
    try visit("bias", &shift)
  }
}
