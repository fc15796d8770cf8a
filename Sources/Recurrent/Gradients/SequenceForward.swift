import CKernels
import Tensors

/// A layer run over a batch of sequences in one direction: its result, and what the way back needs.
package struct SequenceForward: Sendable {
  /// `[batch, time, hidden]`, zero at padded steps.
  package let output: Tensor
  /// The state after each sequence's own last step: `[batch, hidden]` for each state vector.
  package let final: [Tensor]

  let layout: SequenceLayout
  let positions: [Int]
  /// `[batch, time, gates * hidden]`: what the cell left there.
  let gates: Buffer
  /// `[batch, time, apartGates * hidden]`
  let apart: Buffer
  /// `[states - 1, batch, time, hidden]`
  let others: Buffer
  let initial: InitialState
  /// The cell's own: `[vectors * hidden]`.
  let vectors: Buffer
  let precision: Precision

  /// - Parameters:
  ///   - prepared: the weights in float32 as they are multiplied, if they are at hand.
  ///   - initial: `[batch, hidden]` for each state vector of the cell.
  ///   - precision: of the operands of all matrix products, on the way back too.
  package init<C: Cell>(
    _ cell: C, _ weights: RecurrentWeights, prepared: PreparedWeights? = nil, input: SequenceInput, initial: [Tensor],
    layout: SequenceLayout, precision: Precision = .float32
  ) {
    let (batch, time, hidden, width) = (layout.batch, layout.time, weights.hidden, weights.width)
    let positions = layout.positions
    let gates = Buffer(count: batch * time * width)
    let apart = Buffer(count: batch * time * cell.apartGates * hidden)
    let others = Buffer(count: (cell.states - 1) * batch * time * hidden)
    InputProjection.forward(
      input, weights, bias: prepared?.bias ?? weights.summedBias(cell), positions: positions, into: gates.pointer
    ) { prepared?.input ?? weights.packedInput(precision) }
    let start = InitialState(initial, batch: batch, hidden: hidden)
    let vectors = weights.packedVectors
    let output = Tensor(shape: [batch, time, hidden]) { output in
      layout.forEachPadding { rn_fill(output + $0 * hidden, 0, $1 * hidden) }
      let steps = SequenceSteps(
        cell, layout: layout, hidden: hidden, gates: gates.pointer, apart: apart.pointer, output: output,
        others: others.pointer, initial: start, vectors: vectors.pointer)
      let plan = StepShares.plan(batch: batch, time: time, hidden: hidden, width: width)
      let byGate = plan.cutsUnits
      let packed = prepared?.recurrent(byGate: byGate) ?? weights.packedForward(cell, byGate: byGate, precision)
      let bias = weights.recurrentBias
      StepShares.run(plan, batch: batch, hidden: hidden) { share, barrier in
        steps.forward(cell, share, barrier, packed, bias: bias.pointer)
      }
    }
    self.output = output
    self.layout = layout
    self.positions = positions
    self.gates = gates
    self.apart = apart
    self.others = others
    self.initial = start
    self.vectors = vectors
    self.precision = precision
    final = (0..<cell.states).map { state in
      Tensor(shape: [batch, hidden]) { final in
        let vectors = state == 0 ? output.pointer : others.pointer + (state - 1) * batch * time * hidden
        for row in 0..<batch {
          let last = layout.time(of: layout.length(row) - 1, row: row)
          let from = last.map { vectors + (row * time + $0) * hidden } ?? start.pointer(state, row: row)
          (final + row * hidden).update(from: from, count: hidden)
        }
      }
    }
  }
}

/// The state before the first step, with all its vectors in one buffer: `[states, batch, hidden]`.
struct InitialState: Sendable {
  private let buffer: Buffer
  private let batch: Int
  private let hidden: Int

  init(_ states: [Tensor], batch: Int, hidden: Int) {
    self.batch = batch
    self.hidden = hidden
    buffer = Buffer(count: states.count * batch * hidden)
    for (index, state) in states.enumerated() {
      precondition(state.shape == [batch, hidden], "a state of shape \(state.shape), not [\(batch), \(hidden)]")
      (buffer.pointer + index * batch * hidden).update(from: state.pointer, count: batch * hidden)
    }
  }

  func pointer(_ state: Int, row: Int) -> UnsafeMutablePointer<Float> {
    buffer.pointer + (state * batch + row) * hidden
  }

  func row(_ row: Int) -> StateRow {
    StateRow(h: pointer(0, row: row), others: pointer(1, row: row), stride: batch * hidden)
  }
}

/// The buffers of a sequence, and where the vectors of one step lie in them.
struct SequenceSteps {
  let layout: SequenceLayout
  let hidden: Int
  /// Floats of one position in `gates` and in `apart`.
  let width: Int
  let apartWidth: Int
  let gates: UnsafeMutablePointer<Float>
  let apart: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let others: UnsafeMutablePointer<Float>
  let initial: InitialState
  /// The cell's own, one for all rows and steps.
  let vectors: UnsafePointer<Float>
  /// `[batch, time, vectors * hidden]`, on the way back of a cell that has some.
  let vectorGradients: UnsafeMutablePointer<Float>?
  let vectorWidth: Int

  init(
    _ cell: some Cell, layout: SequenceLayout, hidden: Int, gates: UnsafeMutablePointer<Float>,
    apart: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, others: UnsafeMutablePointer<Float>,
    initial: InitialState, vectors: UnsafePointer<Float>, vectorGradients: UnsafeMutablePointer<Float>? = nil
  ) {
    (self.vectors, self.vectorGradients, vectorWidth) = (vectors, vectorGradients, cell.vectors.count * hidden)
    self.layout = layout
    self.hidden = hidden
    (width, apartWidth) = (cell.gates * hidden, cell.apartGates * hidden)
    (self.gates, self.apart, self.output, self.others) = (gates, apart, output, others)
    self.initial = initial
  }

  /// Columns of the gates whose two sides are summed.
  var summedWidth: Int { width - apartWidth }

  func gateRow(_ row: Int, _ time: Int) -> UnsafeMutablePointer<Float> {
    gates + (row * layout.time + time) * width
  }

  func apartRow(_ row: Int, _ time: Int) -> UnsafeMutablePointer<Float> {
    apart + (row * layout.time + time) * apartWidth
  }

  func state(_ row: Int, _ time: Int) -> StateRow {
    let position = (row * layout.time + time) * hidden
    return StateRow(
      h: output + position, others: others + position, stride: layout.batch * layout.time * hidden)
  }

  func previousState(_ row: Int, _ time: Int) -> StateRow {
    layout.previous(time, row: row).map { state(row, $0) } ?? initial.row(row)
  }

  func cellRow(
    _ row: Int, _ time: Int, units: Range<Int>, gradient: StateRow
  ) -> CellRow {
    let first = units.lowerBound
    let position = row * layout.time + time
    return CellRow(
      units: units.count, vectorBase: vectors + first,
      vectorGradientBase: vectorGradients.map { $0 + position * vectorWidth + first }, gateBase: gateRow(row, time) + first, apartBase: apartRow(row, time) + first,
      stride: hidden, previous: previousState(row, time).advanced(by: first),
      next: state(row, time).advanced(by: first), gradient: gradient.advanced(by: first))
  }

  /// Takes a share of rows and units through all steps.
  func forward(
    _ cell: some Cell, _ share: StepShares, _ barrier: borrowing Barrier, _ packed: [PackedGates],
    bias: UnsafePointer<Float>
  ) {
    let previous = RowPointers(count: share.rows.count)
    let gates = RowPointers(count: share.rows.count)
    let apart = RowPointers(count: share.rows.count)
    defer { withExtendedLifetime((previous, gates, apart)) {} }
    let (first, units) = (share.units.lowerBound, share.units.count)
    for step in 0..<layout.time {
      var active = 0
      for row in share.rows {
        guard let time = layout.time(of: step, row: row) else { continue }
        previous[active] = UnsafePointer(previousState(row, time).h)
        gates[active] = UnsafePointer(gateRow(row, time))
        apart[active] = UnsafePointer(apartRow(row, time))
        active += 1
      }
      for part in packed where units > 0 {
        // A part of the units is a part of one gate; all units are all of them.
        let columns = part.gates.count == 1 ? units : part.weights.n
        let column = part.gates.lowerBound * hidden + first
        if column < summedWidth {
          part.weights.multiply(
            previous.pointers, count: active, columns: first..<first + columns, into: gates.mutablePointers,
            at: column, accumulate: true)
        } else {
          part.weights.multiply(
            previous.pointers, count: active, columns: first..<first + columns, into: apart.mutablePointers,
            at: column - summedWidth, bias: bias + column, accumulate: false)
        }
      }
      for row in share.rows where units > 0 {
        guard let time = layout.time(of: step, row: row) else { continue }
        let next = state(row, time)
        cell.forward(cellRow(row, time, units: share.units, gradient: next))
      }
      barrier.wait()
    }
  }
}
