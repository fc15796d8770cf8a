import Tensors

/// The weights of one layer as the way forward multiplies them, made once for many batches: what prediction would
/// otherwise spend much of its time on where sequences are short.
package struct PreparedWeights: Sendable {
  let input: PackedMatrix
  let bias: Tensor
  private let whole: [PackedGates]
  private let byGate: [PackedGates]

  init(_ cell: some Cell, _ weights: RecurrentWeights) {
    input = weights.packedInput(.float32)
    bias = weights.summedBias(cell)
    whole = weights.packedForward(cell, byGate: false, .float32)
    byGate = weights.packedForward(cell, byGate: true, .float32)
  }

  func recurrent(byGate: Bool) -> [PackedGates] { byGate ? self.byGate : whole }
}
