import CKernels
import Tensors

/// One recurrent layer fed one step of one sequence at a time, from weights packed once. A step allocates nothing.
final class LayerStream {
  private let cell: any Cell
  private let hidden: Int
  private let summed: Int
  /// x W_ih: packed for vectors, or a row for each token.
  private let input: Input
  private let bias: Tensor
  /// h W_hh: the summed gates and the apart gates.
  private let summedWeights: PackedMatrix
  private let apartWeights: PackedMatrix?
  private let recurrentBias: Tensor
  private let gates: Buffer
  private let apart: Buffer
  /// `[2, states, hidden]`: the state before a step and after it, which change places.
  private let states: Buffer
  private var current = 0

  private enum Input {
    case vectors(PackedMatrix)
    case table(Tensor)
  }

  /// - Parameter table: for the first layer, the input vectors of all tokens `[vocabulary, features]`, or nil for one-hot
  ///   vectors; `.none` for the layers above.
  init(_ layer: RecurrentLayer, tokens: Tokens?) {
    let weights = layer.weights
    let w = weights.inputWeight
    (cell, hidden) = (layer.cell, weights.hidden)
    summed = cell.gates - cell.apartGates
    bias = weights.summedBias(layer.cell)
    recurrentBias = weights.recurrentBias
    switch tokens {
    case .oneHot: input = .table(InputProjection.transposed(w, adding: bias))
    case .embedding(let vectors): input = .table(vectors.linear(w, bias: bias))
    case nil:
      input = .vectors(PackedMatrix(transposing: w.pointer, n: w.shape[0], k: w.shape[1], stride: w.shape[1]))
    }
    let base = weights.recurrentWeight.pointer
    summedWeights = PackedMatrix(transposing: base, n: summed * hidden, k: hidden, stride: hidden)
    apartWeights =
      cell.apartGates == 0
      ? nil
      : PackedMatrix(
        transposing: base + summed * hidden * hidden, n: cell.apartGates * hidden, k: hidden, stride: hidden)
    gates = Buffer(count: weights.width)
    apart = Buffer(count: cell.apartGates * hidden)
    states = Buffer(count: 2 * cell.states * hidden)
    rn_fill(states.pointer, 0, 2 * cell.states * hidden)
  }

  enum Tokens {
    case oneHot
    case embedding(Tensor)
  }

  /// h after the last step, `[hidden]`.
  var output: UnsafeMutablePointer<Float> { stateRow(current).h }

  private func stateRow(_ index: Int) -> StateRow {
    let base = states.pointer + index * cell.states * hidden
    return StateRow(h: base, others: base + hidden, stride: hidden)
  }

  /// The state: `[1, hidden]` for each vector.
  var state: [Tensor] {
    get {
      (0..<cell.states).map { index in
        Tensor(shape: [1, hidden]) { $0.update(from: stateRow(current)[index], count: hidden) }
      }
    }
    set {
      for (index, vector) in newValue.enumerated() {
        stateRow(current)[index].update(from: vector.pointer, count: hidden)
      }
    }
  }

  func step(token: Int32) {
    guard case .table(let table) = input else { preconditionFailure("a layer of vectors was given a token") }
    let width = cell.gates * hidden
    gates.pointer.update(from: table.pointer + Int(token) * width, count: width)
    step()
  }

  func step(_ x: UnsafePointer<Float>) {
    guard case .vectors(let weights) = input else { preconditionFailure("a layer of tokens was given a vector") }
    multiply(x, weights, gates.pointer, bias: bias.pointer, accumulate: false)
    step()
  }

  private func step() {
    let previous = stateRow(current)
    multiply(previous.h, summedWeights, gates.pointer, bias: nil, accumulate: true)
    if let apartWeights {
      multiply(
        previous.h, apartWeights, apart.pointer, bias: recurrentBias.pointer + summed * hidden, accumulate: false)
    }
    current = 1 - current
    let next = stateRow(current)
    cell.forward(
      CellRow(
        units: hidden, gateBase: gates.pointer, apartBase: apart.pointer, stride: hidden, previous: previous,
        next: next,
        gradient: next))
  }

  private func multiply(
    _ x: UnsafePointer<Float>, _ weights: PackedMatrix, _ y: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>?, accumulate: Bool
  ) {
    var from: UnsafePointer<Float>? = x
    var to: UnsafeMutablePointer<Float>? = y
    rn_matmul(&from, 1, weights.k, weights.buffer.pointer, weights.n, &to, 0, bias, accumulate)
  }
}
