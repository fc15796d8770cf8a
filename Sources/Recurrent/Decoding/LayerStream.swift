import CKernels
import Tensors

/// One recurrent layer fed one step of one sequence at a time, from weights packed once. A step allocates nothing, takes
/// no lock, and calls a function of the cell that was bound at the start.
final class LayerStream {
  private let forward: (CellRow) -> Void
  private let hidden: Int
  /// gates * hidden
  private let width: Int
  private let stateCount: Int
  /// x W_ih: packed for vectors, or a row for each token.
  private let input: Input
  private let bias: Tensor
  /// h W_hh: the summed gates and the apart gates.
  private let summedWeights: NarrowMatrix
  private let apartWeights: NarrowMatrix?
  /// `[apart gates * hidden]`
  private let apartBias: Tensor
  /// The cell's own: `[vectors * hidden]`.
  private let vectors: Buffer
  private let gates: Buffer
  private let apart: Buffer
  /// `[2, states, hidden]`: the state before a step and after it, which change places.
  private let states: Buffer
  private var current = 0

  private enum Input {
    case vectors(NarrowMatrix)
    case table(Tensor)
    /// Rows of an embedding, multiplied when a token comes.
    case rows(Tensor, NarrowMatrix)
  }

  /// Floats of the largest table of products: 128 MiB. Beyond, as many tokens are rarely read as the vocabulary has.
  static let largestTable = 1 << 25

  /// - Parameters:
  ///   - tokens: for the first layer, how it sees tokens; nil for the layers above, which see vectors.
  ///   - format: of the weights that are multiplied; what tokens look up stays float32.
  init(_ layer: RecurrentLayer, tokens: Tokens?, format: WeightFormat = .float32) {
    let weights = layer.weights
    let w = weights.inputWeight
    let cell = layer.cell
    forward = Self.bound(cell)
    (hidden, width, stateCount) = (weights.hidden, weights.width, cell.states)
    let summed = (cell.gates - cell.apartGates) * hidden
    let apartCount = cell.apartGates * hidden
    bias = weights.summedBias(cell)
    switch tokens {
    case .oneHot: input = .table(InputProjection.transposed(w, adding: bias))
    case .embedding(let vectors) where vectors.shape[0] * width > Self.largestTable:
      input = .rows(vectors, NarrowMatrix(transposing: w, format: .float32))
    case .embedding(let vectors): input = .table(vectors.linear(w, bias: bias))
    case nil:
      input = .vectors(NarrowMatrix(transposing: w, format: format))
    }
    let recurrent = weights.recurrentWeight
    summedWeights = NarrowMatrix(transposing: recurrent.pointer, n: summed, k: hidden, format: format)
    apartWeights =
      apartCount == 0
      ? nil
      : NarrowMatrix(transposing: recurrent.pointer + summed * hidden, n: apartCount, k: hidden, format: format)
    apartBias = Tensor(shape: [apartCount]) {
      $0.update(from: weights.recurrentBias.pointer + summed, count: apartCount)
    }
    vectors = weights.packedVectors
    gates = Buffer(count: width)
    apart = Buffer(count: apartCount)
    states = Buffer(count: 2 * stateCount * hidden)
    rn_fill(states.pointer, 0, 2 * stateCount * hidden)
  }

  /// The cell's function with its type known: an `any Cell` would be opened anew at each step.
  private static func bound(_ cell: some Cell) -> (CellRow) -> Void { { cell.forward($0) } }

  /// What the first layer takes tokens for.
  enum Tokens {
    case oneHot
    case embedding(Tensor)
  }

  /// h after the last step, `[hidden]`.
  var output: UnsafeMutablePointer<Float> { stateRow(current).h }

  private func stateRow(_ index: Int) -> StateRow {
    let base = states.pointer + index * stateCount * hidden
    return StateRow(h: base, others: base + hidden, stride: hidden)
  }

  /// The state: `[1, hidden]` for each vector.
  var state: [Tensor] {
    get {
      (0..<stateCount).map { index in
        Tensor(shape: [1, hidden]) { $0.update(from: stateRow(current)[index], count: hidden) }
      }
    }
    set {
      for (index, vector) in newValue.enumerated() {
        stateRow(current)[index].update(from: vector.pointer, count: hidden)
      }
    }
  }

  /// Reads a token of the vocabulary. First layer only.
  func step(token: Int32) {
    switch input {
    case .table(let table): gates.pointer.update(from: table.pointer + Int(token) * width, count: width)
    case .rows(let embedding, let weights):
      weights.multiply(embedding.pointer + Int(token) * weights.k, into: gates.pointer, bias: bias.pointer)
    case .vectors: preconditionFailure("a layer of vectors was given a token")
    }
    step()
  }

  /// Reads a vector `[input]`. Not the first layer.
  func step(_ x: UnsafePointer<Float>) {
    guard case .vectors(let weights) = input else { preconditionFailure("a layer of tokens was given a vector") }
    weights.multiply(x, into: gates.pointer, bias: bias.pointer)
    step()
  }

  private func step() {
    let previous = stateRow(current)
    summedWeights.multiply(previous.h, into: gates.pointer, accumulate: true)
    if let apartWeights { apartWeights.multiply(previous.h, into: apart.pointer, bias: apartBias.pointer) }
    current = 1 - current
    let next = stateRow(current)
    forward(
      CellRow(
        units: hidden, vectorBase: UnsafePointer(vectors.pointer), gateBase: gates.pointer, apartBase: apart.pointer, stride: hidden, previous: previous,
        next: next, gradient: next))
  }
}
