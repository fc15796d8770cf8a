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

  /// `[..., outputs]` from `[..., inputs]`, with the operands of the product, and of its gradient, in a precision.
  public func callAsFunction(_ x: Tensor, precision: Precision = .float32) -> Tensor {
    x.linear(weight, bias: bias, precision: precision)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("weight", &weight)
    try visit("bias", &bias)
  }
}
