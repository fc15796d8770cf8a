import CKernels
import Tensors

/// The affine part of one layer in one direction, with PyTorch's names and layout.
package struct RecurrentWeights: Sendable {
  /// `[gates * hidden, input]`
  package var inputWeight: Tensor
  /// `[gates * hidden, outputs]`; `[0, outputs]` of a cell that does not read its output.
  package var recurrentWeight: Tensor
  /// `[gates * hidden]`
  package var inputBias: Tensor
  /// `[gates * hidden]`, or `[0]`
  package var recurrentBias: Tensor
  /// The cell's own vectors, `[hidden]` each.
  package var vectors: [Tensor]
  /// W_hr `[outputs, hidden]`, by which h is made from what the cell gives; nil where they are the same.
  package var projection: Tensor?
  /// The gains of the normalised input side and recurrent side, `[gates * hidden]` each; nil where they are not normalised. The
  /// biases are added after it.
  package var gains: (input: Tensor, recurrent: Tensor)?

  /// Units of the cell.
  package var hidden: Int { projection?.shape[1] ?? outputs }
  /// Features of h.
  package var outputs: Int { recurrentWeight.shape[1] }
  package var input: Int { inputWeight.shape[1] }
  /// gates * hidden
  package var width: Int { inputWeight.shape[0] }

  package init(
    inputWeight: Tensor, recurrentWeight: Tensor, inputBias: Tensor, recurrentBias: Tensor, vectors: [Tensor] = [],
    projection: Tensor? = nil, gains: (input: Tensor, recurrent: Tensor)? = nil
  ) {
    self.inputWeight = inputWeight
    self.recurrentWeight = recurrentWeight
    self.inputBias = inputBias
    self.recurrentBias = recurrentBias
    self.vectors = vectors
    self.projection = projection
    self.gains = gains
  }

  /// Those of a layer that is its cell alone, in the order of `parameters`.
  init(_ parameters: [Tensor]) {
    self.init(
      inputWeight: parameters[0], recurrentWeight: parameters[1], inputBias: parameters[2],
      recurrentBias: parameters[3], vectors: Array(parameters[4...]))
  }

  /// All parameters, in an order that is the same for weights and their gradients.
  var parameters: [Tensor] {
    var list = [inputWeight, recurrentWeight, inputBias, recurrentBias] + vectors
    if let projection { list.append(projection) }
    if let gains { list += [gains.input, gains.recurrent] }
    return list
  }

  /// The features of a state vector: h may be projected.
  func features(state: Int) -> Int { state == 0 ? outputs : hidden }

  /// What is added to the input side: b_ih, and b_hh where the two sides are summed. `[gates * hidden]`
  func summedBias(_ cell: some Cell) -> Tensor {
    guard cell.readsOutput else { return inputBias }
    var bias = inputBias
    let summed = (cell.gates - cell.apartGates) * hidden
    bias.withUnsafeMutablePointer { rn_add($0, recurrentBias.pointer, $0, summed) }
    return bias
  }

  /// The cell's vectors side by side: `[vectors * hidden]`.
  var packedVectors: Buffer {
    let buffer = Buffer(count: vectors.count * hidden)
    for (index, vector) in vectors.enumerated() {
      (buffer.pointer + index * hidden).update(from: vector.pointer, count: hidden)
    }
    return buffer
  }

  /// W_ih for x_t W_ih.
  func packedInput(_ precision: Precision) -> PackedMatrix {
    PackedMatrix(transposing: inputWeight.pointer, n: width, k: input, stride: input, precision)
  }

  /// W_hh for h_{t-1} W_hh.
  ///
  /// - Parameter byGate: one matrix for each gate, so that a thread can take a part of the units with all their gates;
  ///   otherwise one for the summed gates and one for those apart, which are multiplied as a whole.
  func packedForward(_ cell: some Cell, byGate: Bool, _ precision: Precision) -> [PackedGates] {
    guard cell.readsOutput else { return [] }
    let summed = cell.gates - cell.apartGates
    let parts = byGate ? (0..<cell.gates).map { $0..<$0 + 1 } : [0..<summed, summed..<cell.gates]
    return parts.filter { !$0.isEmpty }.map { gates in
      PackedGates(
        gates: gates,
        weights: PackedMatrix(
          transposing: recurrentWeight.pointer + gates.lowerBound * hidden * outputs, n: gates.count * hidden,
          k: outputs,
          stride: outputs, precision))
    }
  }

  /// W_hh for the way back: the summed gates `[summed * hidden, outputs]`, and the apart gates likewise.
  func packedBackward(_ cell: some Cell, _ precision: Precision) -> (summed: PackedMatrix, apart: PackedMatrix?)? {
    guard cell.readsOutput else { return nil }
    let summed = (cell.gates - cell.apartGates) * hidden
    let base = UnsafePointer(recurrentWeight.pointer)
    return (
      PackedMatrix(RowPointers(base, count: summed, stride: outputs), n: outputs, precision),
      cell.apartGates == 0
        ? nil
        : PackedMatrix(
          RowPointers(base + summed * outputs, count: cell.apartGates * hidden, stride: outputs), n: outputs,
          precision)
    )
  }

  /// W_hr for m W_hr.
  func packedProjection(_ precision: Precision) -> PackedMatrix? {
    projection.map { PackedMatrix(transposing: $0.pointer, n: outputs, k: hidden, stride: hidden, precision) }
  }
}

/// The recurrent weights of some gates, packed: `[outputs, gates * hidden]`.
struct PackedGates {
  let gates: Range<Int>
  let weights: PackedMatrix
}

/// The gradients of one layer in one direction.
package struct RecurrentGradients: Sendable {
  /// Of each of the weights, in its shape.
  var weights: RecurrentWeights
  /// Of the dense input `[batch, time, input]` or of the embedding table, if either is tracked.
  var input: Tensor?
  /// Of the initial state: `[batch, features]` for each state vector.
  var initial: [Tensor]
}
