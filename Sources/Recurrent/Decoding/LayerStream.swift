import CKernels
import Tensors

/// One recurrent layer fed one step of one sequence at a time, from weights packed once. A step allocates nothing, takes
/// no lock, and calls a function of the cell that was bound at the start.
final class LayerStream {
  private let forward: (CellRow) -> Void
  private let options: LayerOptions
  private let hidden: Int
  /// Features of h.
  private let outputs: Int
  /// gates * hidden
  private let width: Int
  private let stateCount: Int
  /// x W_ih: packed for vectors, or a row for each token.
  private let input: Input
  private let bias: Tensor
  /// h W_hh: the summed gates and the apart gates.
  private let summedWeights: NarrowMatrix?
  private let apartWeights: NarrowMatrix?
  /// `[apart gates * hidden]`
  private let apartBias: Tensor
  /// m W_hr, where h is projected.
  private let projection: NarrowMatrix?
  /// Gains and biases of the normalised sides.
  private let sides: (gains: (input: Tensor, recurrent: Tensor), inputBias: Tensor, recurrentBias: Tensor)?
  /// h W_hh, where it is normalised: `[gates * hidden]`; and what the cell gives where that is not the next state:
  /// `[states, hidden]`.
  private let recurrent: Buffer
  private let candidates: Buffer
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
    options = layer.options
    (hidden, width, stateCount, outputs) = (weights.hidden, weights.width, cell.states, weights.outputs)
    let summed = (cell.gates - cell.apartGates) * hidden
    let apartCount = cell.apartGates * hidden
    sides = weights.gains.map {
      (gains: $0, inputBias: weights.inputBias, recurrentBias: weights.recurrentBias)
    }
    bias = weights.gains == nil ? weights.summedBias(cell) : Tensor(shape: [width])
    switch tokens {
    case .oneHot: input = .table(InputProjection.transposed(w, adding: bias))
    case .embedding(let vectors) where vectors.shape[0] * width > Self.largestTable:
      input = .rows(vectors, NarrowMatrix(transposing: w, format: .float32))
    case .embedding(let vectors): input = .table(vectors.linear(w, bias: bias))
    case nil:
      input = .vectors(NarrowMatrix(transposing: w, format: format))
    }
    let recurrent = weights.recurrentWeight
    summedWeights =
      cell.readsOutput ? NarrowMatrix(transposing: recurrent.pointer, n: summed, k: outputs, format: format) : nil
    apartWeights =
      apartCount == 0
      ? nil
      : NarrowMatrix(transposing: recurrent.pointer + summed * outputs, n: apartCount, k: outputs, format: format)
    projection = weights.projection.map {
      NarrowMatrix(transposing: $0.pointer, n: weights.outputs, k: weights.hidden, format: format)
    }
    self.recurrent = Buffer(count: weights.gains == nil ? 0 : width)
    candidates = Buffer(count: stateCount * hidden)
    apartBias = Tensor(shape: [apartCount]) {
      if apartCount > 0 { $0.update(from: weights.recurrentBias.pointer + summed, count: apartCount) }
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

  private func features(_ state: Int) -> Int { state == 0 ? outputs : hidden }

  private func stateRow(_ index: Int) -> StateRow {
    let base = states.pointer + index * stateCount * hidden
    return StateRow(h: base, others: base + hidden, stride: hidden)
  }

  /// The state: `[1, hidden]` for each vector.
  var state: [Tensor] {
    get {
      (0..<stateCount).map { index in
        Tensor(shape: [1, features(index)]) { $0.update(from: stateRow(current)[index], count: features(index)) }
      }
    }
    set {
      for (index, vector) in newValue.enumerated() {
        stateRow(current)[index].update(from: vector.pointer, count: features(index))
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
    current = 1 - current
    let next = stateRow(current)
    if let sides, let summedWeights {
      let summed = summedWeights.n
      let side = recurrent.pointer
      summedWeights.multiply(previous.h, into: side)
      apartWeights?.multiply(previous.h, into: side + summed)
      normalise(side, sides.gains.recurrent, sides.recurrentBias)
      normalise(gates.pointer, sides.gains.input, sides.inputBias)
      rn_add(gates.pointer, side, gates.pointer, summed)
      apart.pointer.update(from: side + summed, count: width - summed)
    } else {
      summedWeights?.multiply(previous.h, into: gates.pointer, accumulate: true)
      if let apartWeights { apartWeights.multiply(previous.h, into: apart.pointer, bias: apartBias.pointer) }
    }
    let given =
      options.zones || projection != nil
      ? StateRow(
        h: candidates.pointer, others: options.zones ? candidates.pointer + hidden : next.others, stride: hidden)
      : next
    forward(
      CellRow(
        units: hidden, vectorBase: UnsafePointer(vectors.pointer), gateBase: gates.pointer, apartBase: apart.pointer,
        stride: hidden, previous: previous, next: given, gradient: next))
    projection?.multiply(given.h, into: next.h)
    guard options.zones else { return }
    for state in 0..<stateCount {
      rn_zoneout_forward(hidden, nil, options.zoneout(state: state), previous[state], given[state], next[state])
    }
  }

  private func normalise(_ row: UnsafeMutablePointer<Float>, _ gain: Tensor, _ bias: Tensor) {
    var statistics: (Float, Float) = (0, 0)
    withUnsafeMutableBytes(of: &statistics) {
      guard let pointer = $0.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      rn_layer_norm_forward(row, gain.pointer, bias.pointer, SideNormalisation.epsilon, row, pointer, width)
    }
  }
}
