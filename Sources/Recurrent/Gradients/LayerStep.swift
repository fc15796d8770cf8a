import CKernels
import Tensors

/// One step of one layer, and its derivatives: the step Jacobian that all forward methods are made of.
///
/// A cell is elementwise, so unit i of a state vector depends on unit i of the gates, of the recurrent sides that are apart,
/// of the previous state and of the cell's own vectors alone: S states of a cell with G gates and V vectors have
/// S (G + apart + S + V) derivatives for each unit.
/// `Cell.backward` gives those of state s where the gradient is 1 at s and 0 elsewhere, so any cell has them.
struct LayerStep: Sendable {
  let shape: LayerShape
  let batch: Int
  let weights: RecurrentWeights
  let input: SequenceInput
  /// `[batch, hidden]` for each state vector.
  let previous: [Tensor]
  let next: [Tensor]
  /// d next / d pre-activation, `[batch, states, gates, hidden]`.
  private let gateSlopes: Tensor
  /// d next / d apart, `[batch, states, apart gates, hidden]`.
  private let apartSlopes: Tensor
  /// d next / d previous, without what flows through the products: `[batch, states, states, hidden]`.
  private let stateSlopes: Tensor
  /// d next / d vector, `[batch, states, vectors, hidden]`.
  private let vectorSlopes: Tensor

  /// - Parameters:
  ///   - input: of one step.
  ///   - state: before it.
  init<C: Cell>(_ cell: C, _ weights: RecurrentWeights, input: SequenceInput, state: [Tensor]) {
    precondition(input.time == 1, "\(input.time) steps at once")
    let shape = LayerShape(cell, weights)
    let (batch, hidden, states) = (input.batch, shape.hidden, shape.states)
    let run = SequenceForward(
      cell, weights, input: input, initial: state, layout: SequenceLayout(batch: batch, time: 1))
    let steps = run.steps(cell, hidden: hidden)
    let gateSlopes = Tensor(Buffer(count: batch * states * shape.width), [batch, states, shape.gates, hidden])
    let apartSlopes = Tensor(
      Buffer(count: batch * states * steps.apartWidth), [batch, states, shape.apartGates, hidden])
    let stateSlopes = Tensor(shape: [batch, states, states, hidden])
    let vectorSlopes = Tensor(
      Buffer(count: batch * states * shape.vectors * hidden), [batch, states, shape.vectors, hidden])
    for row in 0..<batch {
      for s in 0..<states {
        let index = row * states + s
        let gates = gateSlopes.pointer + index * shape.width
        let apart = apartSlopes.pointer + index * steps.apartWidth
        let gradient = stateSlopes.pointer + index * states * hidden
        gates.update(from: steps.gateRow(row, 0), count: shape.width)
        apart.update(from: steps.apartRow(row, 0), count: steps.apartWidth)
        rn_fill(gradient + s * hidden, 1, hidden)
        cell.backward(
          CellRow(
            units: hidden, vectorBase: steps.vectors,
            vectorGradientBase: vectorSlopes.pointer + index * shape.vectors * hidden, gateBase: gates,
            apartBase: apart, stride: hidden, previous: steps.previousState(row, 0), next: steps.state(row, 0),
            gradient: StateRow(h: gradient, others: gradient + hidden, stride: hidden)))
      }
    }
    withExtendedLifetime(run) {}
    self.shape = shape
    self.batch = batch
    self.weights = weights
    self.input = input
    previous = state
    next = run.final
    (self.gateSlopes, self.apartSlopes) = (gateSlopes, apartSlopes)
    (self.stateSlopes, self.vectorSlopes) = (stateSlopes, vectorSlopes)
  }

  /// d next[s] / d pre-activation of a gate, `[hidden]`: what the input side acts through.
  func inputSlope(_ row: Int, _ s: Int, _ gate: Int) -> UnsafeMutablePointer<Float> {
    gateSlopes.pointer + ((row * shape.states + s) * shape.gates + gate) * shape.hidden
  }

  /// The same of the recurrent side, which for some gates is apart.
  func recurrentSlope(_ row: Int, _ s: Int, _ gate: Int) -> UnsafeMutablePointer<Float> {
    let apart = gate - (shape.gates - shape.apartGates)
    if apart < 0 { return inputSlope(row, s, gate) }
    return apartSlopes.pointer + ((row * shape.states + s) * shape.apartGates + apart) * shape.hidden
  }

  /// d next[s] / d previous[from], `[hidden]`, without what flows through the products.
  func directSlope(_ row: Int, _ s: Int, from: Int) -> UnsafeMutablePointer<Float> {
    stateSlopes.pointer + ((row * shape.states + s) * shape.states + from) * shape.hidden
  }

  /// d next[s] / d vector, `[hidden]`.
  func vectorSlope(_ row: Int, _ s: Int, _ vector: Int) -> UnsafeMutablePointer<Float> {
    vectorSlopes.pointer + ((row * shape.states + s) * shape.vectors + vector) * shape.hidden
  }

  /// h before the step, `[hidden]`.
  func previousOutput(_ row: Int) -> UnsafePointer<Float> {
    UnsafePointer(previous[0].pointer + row * shape.hidden)
  }

  /// What W_ih is multiplied with.
  enum Input {
    case vector(UnsafePointer<Float>)
    case oneHot(Int)
  }

  func input(_ row: Int) -> Input {
    switch input {
    case .vectors(let x): .vector(UnsafePointer(x.pointer + row * shape.input))
    case .tokens(let ids, _, _, nil): .oneHot(Int(ids[row]))
    case .tokens(let ids, _, _, let table?): .vector(UnsafePointer(table.pointer + Int(ids[row]) * shape.input))
    }
  }

  /// The row of the table that the input is, and the table.
  func lookup(_ row: Int) -> (table: Tensor, row: Int)? {
    guard case .tokens(let ids, _, _, let table?) = input else { return nil }
    return (table, Int(ids[row]))
  }
}

extension LayerStep.Input {
  /// y += factor x, for y `[input]`.
  func add(_ factor: Float, to y: UnsafeMutablePointer<Float>, _ count: Int) {
    switch self {
    case .vector(let x): rn_add_scaled(x, factor, y, count)
    case .oneHot(let token): y[token] += factor
    }
  }

  func sumOfSquares(_ count: Int) -> Double {
    switch self {
    case .vector(let x): rn_sum_squares(x, count)
    case .oneHot: 1
    }
  }
}

// MARK: - The step backward, without its past

extension LayerStep {
  /// Gradients of a step's pre-activations and vectors, from the gradients of its next state.
  struct Pullback {
    /// d loss / d input side, and d loss / d recurrent side: `[batch, gates * hidden]`.
    let input: Tensor
    let recurrent: Tensor
    /// Of each row, `[batch, vectors * hidden]`.
    let vectors: Tensor
  }

  /// - Parameter dnext: d loss / d next `[batch, hidden]` for the first state vectors; for the others it is zero.
  func pullback(_ dnext: [Tensor]) -> Pullback {
    let hidden = shape.hidden
    func summed(
      _ count: Int, _ slope: (_ row: Int, _ s: Int, _ index: Int) -> UnsafeMutablePointer<Float>
    ) -> Tensor {
      let term = Buffer(count: hidden)
      return Tensor(shape: [batch, count * hidden]) { result in
        for row in 0..<batch {
          for index in 0..<count {
            let sum = result + (row * count + index) * hidden
            for (s, d) in dnext.enumerated() {
              let d = d.pointer + row * hidden
              if s == 0 {
                rn_multiply(slope(row, 0, index), d, sum, hidden)
              } else {
                rn_multiply(slope(row, s, index), d, term.pointer, hidden)
                rn_add(sum, term.pointer, sum, hidden)
              }
            }
          }
        }
      }
    }
    let input = summed(shape.gates, inputSlope)
    return Pullback(
      input: input, recurrent: shape.apartGates == 0 ? input : summed(shape.gates, recurrentSlope),
      vectors: summed(shape.vectors, vectorSlope))
  }

  /// d loss / d input `[batch, input]`: of this step alone.
  func inputGradient(_ pullback: Pullback) -> Tensor {
    Tensor(shape: [batch, shape.input]) {
      Matmul.multiply(
        pullback.input.rowPointers, PackedMatrix(weights.inputWeight.rowPointers, n: shape.input),
        into: RowPointers($0, count: batch, stride: shape.input))
    }
  }

  /// The gradient of what the input came from, in its shape, from `inputGradient`; nil where it is not asked for.
  func sourceGradient(_ dinput: @autoclosure () -> Tensor) -> Tensor? {
    guard let source = input.tensor, source.slot != nil else { return nil }
    let d = dinput()
    guard case .tokens(let ids, _, _, _) = input else { return d.reshaped(source.shape) }
    var dtable = Tensor(shape: source.shape)
    dtable.withUnsafeMutablePointer { Gather.scatterAdd(d.pointer, ids, columns: shape.input, to: $0) }
    return dtable
  }
}
