import CKernels
import Tensors

/// The buffers of a sequence, and where the vectors of one step lie in them.
struct SequenceSteps {
  let layout: SequenceLayout
  let hidden: Int
  /// Features of h: `hidden`, unless it is projected.
  let outputs: Int
  let options: LayerOptions
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
  /// What the cell gives, where the next state is made from it.
  let candidates: UnsafeMutablePointer<Float>?
  let masks: ZoneoutMasks?
  let normalisation: SideNormalisation?

  init(
    _ cell: some Cell, layout: SequenceLayout, hidden: Int, outputs: Int, options: LayerOptions,
    gates: UnsafeMutablePointer<Float>, apart: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>,
    others: UnsafeMutablePointer<Float>, initial: InitialState, vectors: UnsafePointer<Float>,
    vectorGradients: UnsafeMutablePointer<Float>? = nil, candidates: UnsafeMutablePointer<Float>?,
    masks: ZoneoutMasks?, normalisation: SideNormalisation?
  ) {
    (self.vectors, self.vectorGradients, vectorWidth) = (vectors, vectorGradients, cell.vectors.count * hidden)
    self.layout = layout
    (self.hidden, self.outputs, self.options) = (hidden, outputs, options)
    (width, apartWidth) = (cell.gates * hidden, cell.apartGates * hidden)
    (self.gates, self.apart, self.output, self.others) = (gates, apart, output, others)
    self.initial = initial
    (self.candidates, self.masks, self.normalisation) = (candidates, masks, normalisation)
  }

  /// Columns of the gates whose two sides are summed.
  var summedWidth: Int { width - apartWidth }

  func position(_ row: Int, _ time: Int) -> Int { row * layout.time + time }

  func gateRow(_ row: Int, _ time: Int) -> UnsafeMutablePointer<Float> { gates + position(row, time) * width }

  func apartRow(_ row: Int, _ time: Int) -> UnsafeMutablePointer<Float> { apart + position(row, time) * apartWidth }

  /// Where the recurrent side of the summed gates, and of those apart, is multiplied to: into the gates and `apart`, unless it
  /// is normalised first.
  func recurrentRows(
    _ row: Int, _ time: Int
  ) -> (summed: UnsafeMutablePointer<Float>, apart: UnsafeMutablePointer<Float>) {
    guard let normalisation else { return (gateRow(row, time), apartRow(row, time)) }
    let base = normalisation.recurrentRow(position(row, time))
    return (base, base + summedWidth)
  }

  private var plane: Int { layout.batch * layout.time * hidden }

  func state(_ row: Int, _ time: Int) -> StateRow {
    let position = position(row, time)
    return StateRow(h: output + position * outputs, others: others + position * hidden, stride: plane)
  }

  /// What the cell writes, and finds again on the way back.
  func candidate(_ row: Int, _ time: Int) -> StateRow {
    let state = state(row, time)
    guard let candidates else { return state }
    let base = candidates + position(row, time) * hidden
    return StateRow(h: base, others: options.zones ? base + plane : state[1], stride: plane)
  }

  func previousState(_ row: Int, _ time: Int) -> StateRow {
    layout.previous(time, row: row).map { state(row, $0) } ?? initial.row(row)
  }

  func cellRow(
    _ row: Int, _ time: Int, units: Range<Int>, gradient: StateRow
  ) -> CellRow {
    let first = units.lowerBound
    let position = position(row, time)
    return CellRow(
      units: units.count, vectorBase: vectors + first,
      vectorGradientBase: vectorGradients.map { $0 + position * vectorWidth + first },
      gateBase: gateRow(row, time) + first, apartBase: apartRow(row, time) + first,
      stride: hidden, previous: previousState(row, time).advanced(by: first),
      next: candidate(row, time).advanced(by: first), gradient: gradient.advanced(by: first))
  }

  /// Takes a share of rows and units through all steps.
  func forward(
    _ cell: some Cell, _ share: StepShares, _ barrier: borrowing Barrier, _ packed: [PackedGates],
    _ projection: PackedMatrix?, bias: UnsafePointer<Float>
  ) {
    let previous = RowPointers(count: share.rows.count)
    let gates = RowPointers(count: share.rows.count)
    let apart = RowPointers(count: share.rows.count)
    let normalised = Buffer(count: normalisation == nil ? 0 : width)
    defer { withExtendedLifetime((previous, gates, apart, normalised)) {} }
    let (first, units) = (share.units.lowerBound, share.units.count)
    for step in 0..<layout.time {
      var active = 0
      for row in share.rows {
        guard let time = layout.time(of: step, row: row) else { continue }
        let rows = recurrentRows(row, time)
        previous[active] = UnsafePointer(previousState(row, time).h)
        gates[active] = UnsafePointer(rows.summed)
        apart[active] = UnsafePointer(rows.apart)
        active += 1
      }
      for part in packed where units > 0 {
        // A part of the units is a part of one gate; all units are all of them.
        let columns = part.gates.count == 1 ? units : part.weights.n
        let column = part.gates.lowerBound * hidden + first
        if column < summedWidth {
          part.weights.multiply(
            previous.pointers, count: active, columns: first..<first + columns, into: gates.mutablePointers,
            at: column, accumulate: normalisation == nil)
        } else {
          part.weights.multiply(
            previous.pointers, count: active, columns: first..<first + columns, into: apart.mutablePointers,
            at: column - summedWidth, bias: normalisation == nil ? bias + column : nil, accumulate: false)
        }
      }
      for row in share.rows where units > 0 {
        guard let time = layout.time(of: step, row: row) else { continue }
        if let normalisation {
          normalisation.normaliseRecurrent(position(row, time), bias: bias, into: normalised.pointer)
          rn_add(gateRow(row, time), normalised.pointer, gateRow(row, time), summedWidth)
          apartRow(row, time).update(from: normalised.pointer + summedWidth, count: apartWidth)
        }
        let next = state(row, time)
        let cellRow = cellRow(row, time, units: share.units, gradient: next)
        cell.forward(cellRow)
        if options.zones { zone(cell.states, cellRow, next.advanced(by: first), row, time, first) }
      }
      if let projection {
        // h = m W_hr; whole rows belong to one thread.
        var count = 0
        for row in share.rows {
          guard let time = layout.time(of: step, row: row) else { continue }
          previous[count] = UnsafePointer(candidate(row, time).h)
          gates[count] = UnsafePointer(state(row, time).h)
          count += 1
        }
        projection.multiply(
          previous.pointers, count: count, columns: 0..<outputs, into: gates.mutablePointers, at: 0,
          accumulate: false)
      }
      // A cell that reads no output never needs another's units.
      if cell.readsOutput { barrier.wait() }
    }
  }

  /// Mixes what the cell gave with the state before.
  private func zone(_ states: Int, _ row: CellRow, _ next: StateRow, _ batchRow: Int, _ time: Int, _ first: Int) {
    for state in 0..<states {
      rn_zoneout_forward(
        row.units, mask(state, batchRow, time, first), options.zoneout(state: state), row.previous[state],
        row.next[state], next[state])
    }
  }

  /// nil outside training.
  func mask(_ state: Int, _ row: Int, _ time: Int, _ first: Int) -> UnsafePointer<Float>? {
    masks.map { $0.row(state, position(row, time), hidden: hidden) + first }
  }
}
