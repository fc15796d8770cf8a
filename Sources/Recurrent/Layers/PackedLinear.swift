import Tensors

/// A linear layer whose weight is packed once, for many products outside any tape; it gives the bits that the layer gives.
struct PackedLinear {
  private let weight: PackedMatrix
  private let bias: Tensor

  init(_ layer: Linear) {
    let shape = layer.weight.shape
    weight = PackedMatrix(transposing: layer.weight.pointer, n: shape[0], k: shape[1], stride: shape[1])
    bias = layer.bias.detached
  }

  /// `[rows, outputs]` from `[..., inputs]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let rows = x.shape.rows
    return Tensor(shape: [rows, weight.n]) { y in
      Matmul.multiply(
        x.rowPointers, weight, into: RowPointers(y, count: rows, stride: weight.n), bias: bias.pointer)
    }
  }
}
