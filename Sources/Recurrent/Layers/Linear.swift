import Tensors

/// y = x W^T + b.
public struct Linear: Module {
  /// `[outputs, inputs]`
  public var weight: Tensor
  /// `[outputs]`
  public var bias: Tensor

  public init(inputs: Int, outputs: Int, initialiser: inout ParameterInitialiser) {
    weight = initialiser.linear([outputs, inputs])
    bias = initialiser.bias(outputs, fanIn: inputs)
  }

  /// `[..., outputs]` from `[..., inputs]`.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight, bias: bias) }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("weight", &weight)
    try visit("bias", &bias)
  }
}
