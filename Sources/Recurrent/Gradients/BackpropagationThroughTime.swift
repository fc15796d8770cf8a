import CKernels
import Tensors

/// Backpropagation through time (Werbos 1990) over a whole batch of sequences: from the gradients of the outputs and of
/// the final state to those of the weights, the input and the initial state. Truncation is a matter of who calls it: a
/// window of text is a whole sequence here, and its initial state a constant.
extension SequenceForward {
  /// - Parameters:
  ///   - doutput: d loss / d output `[batch, time, outputs]`, nil if no gradient comes from there.
  ///   - dfinal: d loss / d final for each state vector, likewise.
  /// - Note: the activations are overwritten: a second call would find gradients in their place.
  package func backward<C: Cell>(
    _ cell: C, _ weights: RecurrentWeights, input: SequenceInput, doutput: Tensor?, dfinal: [Tensor?]
  ) -> RecurrentGradients {
    let (batch, time, hidden, width) = (layout.batch, layout.time, weights.hidden, weights.width)
    let outputs = weights.outputs
    let vectorWidth = cell.vectors.count * hidden
    let dvectors = vectorWidth == 0 ? nil : Buffer(count: batch * time * vectorWidth)
    let steps = steps(cell, hidden: hidden, vectorGradients: dvectors?.pointer)
    let summed = steps.summedWidth
    layout.forEachPadding {
      rn_fill(gates.pointer + $0 * width, 0, $1 * width)
      rn_fill(apart.pointer + $0 * steps.apartWidth, 0, $1 * steps.apartWidth)
      if let dvectors { rn_fill(dvectors.pointer + $0 * vectorWidth, 0, $1 * vectorWidth) }
    }

    let features = (0..<cell.states).map(weights.features)
    let dstate = InitialState(
      zip(dfinal, features).map { $0 ?? Tensor(shape: [batch, $1]) }, batch: batch, features: features)
    let packed = weights.packedBackward(cell, precision)
    let back = BackwardBuffers(
      doutput: doutput, dprojected: weights.projection.map { _ in Buffer(count: batch * time * outputs) },
      projection: weights.projection.map { PackedMatrix($0.rowPointers, n: hidden, precision) },
      dgains: normalisation.map { _ in Tensor(shape: [2 * batch, width]) })
    let plan = StepShares.plan(
      batch: batch, time: time, hidden: hidden, width: width, wholeRows: options.needsWholeRows)
    StepShares.run(plan, batch: batch, hidden: hidden) { share, barrier in
      steps.backward(cell, share, barrier, packed, back, dstate: dstate)
    }

    let inputBias = Tensor(shape: [width]) {
      ColumnSums.add(gates.pointer, rows: batch * time, columns: width, stride: width, to: $0)
    }
    var recurrentBias = cell.readsOutput ? inputBias : Tensor(shape: [0])
    if cell.apartGates > 0 {
      recurrentBias.withUnsafeMutablePointer {
        ColumnSums.add(
          apart.pointer, rows: batch * time, columns: steps.apartWidth, stride: steps.apartWidth, to: $0 + summed)
      }
    }
    let inputGain = normalisation?.backwardInputs(layout, gates.pointer)

    // dW_hh = sum over rows and steps of (d pre-activation) h_{t-1}^T, and dW_ih likewise with x_t
    let dgates = RowPointers(count: positions.count)
    let dsummed = RowPointers(count: positions.count)
    let dapart = RowPointers(count: positions.count)
    let previous = RowPointers(count: positions.count)
    for (index, position) in positions.enumerated() {
      let (row, t) = (position / time, position % time)
      let rows = steps.recurrentRows(row, t)
      dgates[index] = UnsafePointer(steps.gateRow(row, t))
      dsummed[index] = UnsafePointer(rows.summed)
      dapart[index] = UnsafePointer(rows.apart)
      previous[index] = UnsafePointer(steps.previousState(row, t).h)
    }
    let recurrent = cell.readsOutput ? WeightGradient(previous, columns: outputs, width: width, precision) : nil
    let projected = InputProjection.multipliedRows(input, positions).map {
      WeightGradient($0, columns: weights.input, width: width, precision)
    }
    if normalisation == nil {
      // One pass over the columns of both.
      Matmul.multiplyTransposed(
        dgates, columns: 0..<summed, [recurrent, projected].compactMap { $0?.product(from: 0) })
    } else {
      Matmul.multiplyTransposed(dsummed, columns: 0..<summed, [recurrent].compactMap { $0?.product(from: 0) })
      Matmul.multiplyTransposed(dgates, columns: 0..<summed, [projected].compactMap { $0?.product(from: 0) })
    }
    if summed < width {
      Matmul.multiplyTransposed(
        dgates, columns: summed..<width, [projected].compactMap { $0?.product(from: summed) })
      Matmul.multiplyTransposed(
        dapart, columns: 0..<steps.apartWidth, [recurrent].compactMap { $0?.product(from: summed) })
    }
    let projection = InputProjection.backward(
      input, weights, positions: positions, dgates: gates.pointer, precision)
    guard let inputWeight = projected?.weight ?? projection.weight else {
      preconditionFailure("an input that is neither multiplied nor looked up")
    }
    return RecurrentGradients(
      weights: RecurrentWeights(
        inputWeight: inputWeight, recurrentWeight: recurrent?.weight ?? Tensor(shape: [0, outputs]),
        inputBias: inputBias, recurrentBias: recurrentBias,
        vectors: vectorGradients(dvectors, count: cell.vectors.count, hidden: hidden),
        projection: back.dprojected.map { projectionGradient($0, outputs: outputs, hidden: hidden) },
        gains: inputGain.flatMap { input in
          back.dgains.map { (input: input, recurrent: $0.slice(0..<batch, axis: 0).columnSums()) }
        }),
      input: projection.input,
      initial: (0..<cell.states).map { state in
        Tensor(shape: [batch, features[state]]) {
          $0.update(from: dstate.pointer(state, row: 0), count: batch * features[state])
        }
      })
  }

  /// The vectors of each step, as the way forward has left them.
  func steps(
    _ cell: some Cell, hidden: Int, vectorGradients: UnsafeMutablePointer<Float>? = nil
  ) -> SequenceSteps {
    SequenceSteps(
      cell, layout: layout, hidden: hidden, outputs: output.shape[2], options: options, gates: gates.pointer,
      apart: apart.pointer, output: output.pointer, others: others.pointer, initial: initial, vectors: vectors.pointer,
      vectorGradients: vectorGradients, candidates: candidates?.pointer, masks: masks, normalisation: normalisation)
  }

  private func vectorGradients(_ gradients: Buffer?, count: Int, hidden: Int) -> [Tensor] {
    guard let gradients else { return [] }
    let width = count * hidden
    let sums = Buffer(count: width)
    ColumnSums.add(
      gradients.pointer, rows: layout.batch * layout.time, columns: width, stride: width, to: sums.pointer)
    return (0..<count).map { index in
      Tensor(shape: [hidden]) { $0.update(from: sums.pointer + index * hidden, count: hidden) }
    }
  }

  /// dW_hr `[outputs, hidden]` = the sum over rows and steps of dh m^T.
  private func projectionGradient(_ dprojected: Buffer, outputs: Int, hidden: Int) -> Tensor {
    guard let candidates else { preconditionFailure("a projection of nothing") }
    let dh = RowPointers(count: positions.count)
    let m = RowPointers(count: positions.count)
    for (index, position) in positions.enumerated() {
      dh[index] = UnsafePointer(dprojected.pointer + position * outputs)
      m[index] = UnsafePointer(candidates.pointer + position * hidden)
    }
    return Tensor(shape: [outputs, hidden]) {
      Matmul.multiplyTransposed(dh, m: outputs, m, n: hidden, into: $0, precision)
    }
  }
}

/// What the way back needs beside the steps.
struct BackwardBuffers {
  let doutput: Tensor?
  /// d loss / d h of all positions, `[batch, time, outputs]`, and W_hr, where h is projected.
  let dprojected: Buffer?
  let projection: PackedMatrix?
  /// Gradients of gain and bias of the recurrent side, of each row of the batch: `[2 * batch, gates * hidden]`.
  let dgains: Tensor?
}

extension SequenceSteps {
  /// Takes a share of rows and units through all steps, last first. `dstate` holds d loss / d state of the current step.
  func backward(
    _ cell: some Cell, _ share: StepShares, _ barrier: borrowing Barrier,
    _ packed: (summed: PackedMatrix, apart: PackedMatrix?)?, _ back: BackwardBuffers, dstate: InitialState
  ) {
    let gates = RowPointers(count: share.rows.count)
    let apart = RowPointers(count: share.rows.count)
    let dprevious = RowPointers(count: share.rows.count)
    let (first, units) = (share.units.lowerBound, share.units.count)
    // The part of d loss / d previous state that goes past the cell, d loss / d m, and the gradient of normalised sides.
    let past = Buffer(count: options.zones ? cell.states * units : 0)
    let unprojected = Buffer(count: back.projection == nil ? 0 : share.rows.count * hidden)
    let sides = Buffer(count: normalisation == nil ? 0 : width)
    defer { withExtendedLifetime((gates, apart, dprevious, past, unprojected, sides)) {} }
    for step in stride(from: layout.time - 1, through: 0, by: -1) {
      var active = 0
      for row in share.rows {
        guard let time = layout.time(of: step, row: row) else { continue }
        let rows = recurrentRows(row, time)
        gates[active] = UnsafePointer(rows.summed)
        apart[active] = UnsafePointer(rows.apart)
        let gradient = dstate.row(row)
        dprevious[active] = UnsafePointer(gradient.h)
        active += 1
        guard units > 0 else { continue }
        if let doutput = back.doutput {
          let (dh, count) = (gradient.h + first, outputs == hidden ? units : outputs)
          rn_add(dh, doutput.pointer + position(row, time) * outputs + first, dh, count)
        }
        if back.projection == nil {
          backward(cell, row, time, share.units, gradient, past.pointer, sides.pointer, back)
        }
      }
      if let projection = back.projection, let dprojected = back.dprojected {
        unproject(share, step, active, projection, dprevious, dprojected, unprojected)
        var index = 0
        for row in share.rows {
          guard let time = layout.time(of: step, row: row) else { continue }
          let (others, m) = (dstate.row(row), unprojected.pointer + index * hidden)
          let gradient = StateRow(h: m, others: others.others, stride: others.stride)
          backward(cell, row, time, share.units, gradient, past.pointer, sides.pointer, back)
          index += 1
        }
      }
      guard let packed else { continue }
      // The products need the gates of all units.
      barrier.wait()
      guard units > 0 else { continue }
      let columns = outputs == hidden ? share.units : 0..<outputs
      packed.summed.multiply(
        gates.pointers, count: active, columns: columns, into: dprevious.mutablePointers, at: first,
        accumulate: back.projection == nil)
      packed.apart?.multiply(
        apart.pointers, count: active, columns: columns, into: dprevious.mutablePointers, at: first,
        accumulate: true)
    }
  }

  /// The cell of one row and step, between what surrounds it.
  private func backward(
    _ cell: some Cell, _ row: Int, _ time: Int, _ units: Range<Int>, _ gradient: StateRow,
    _ past: UnsafeMutablePointer<Float>, _ sides: UnsafeMutablePointer<Float>, _ back: BackwardBuffers
  ) {
    let cellRow = cellRow(row, time, units: units, gradient: gradient)
    if options.zones {
      for state in 0..<cell.states {
        rn_zoneout_backward(
          units.count, mask(state, row, time, units.lowerBound), options.zoneout(state: state), cellRow.gradient[state],
          past + state * units.count)
      }
    }
    cell.backward(cellRow)
    if options.zones {
      for state in 0..<cell.states {
        rn_add(cellRow.gradient[state], past + state * units.count, cellRow.gradient[state], units.count)
      }
    }
    if let normalisation, let dgains = back.dgains {
      sides.update(from: gateRow(row, time), count: summedWidth)
      (sides + summedWidth).update(from: apartRow(row, time), count: apartWidth)
      normalisation.backwardRecurrent(
        position(row, time), sides, dgain: dgains.pointer + row * width,
        dbias: dgains.pointer + (layout.batch + row) * width)
    }
  }

  /// d loss / d m = dh W_hr^T for the active rows; dh is kept for the gradient of W_hr.
  private func unproject(
    _ share: StepShares, _ step: Int, _ active: Int, _ projection: PackedMatrix, _ dh: RowPointers, _ kept: Buffer,
    _ dm: Buffer
  ) {
    let rows = RowPointers(dm.pointer, count: share.rows.count, stride: hidden)
    var index = 0
    for row in share.rows {
      guard let time = layout.time(of: step, row: row) else { continue }
      (kept.pointer + position(row, time) * outputs).update(from: dh[index], count: outputs)
      index += 1
    }
    projection.multiply(
      dh.pointers, count: active, columns: 0..<hidden, into: rows.mutablePointers, at: 0, accumulate: false)
    withExtendedLifetime(rows) {}
  }
}

/// The gradient of a weight matrix `[width, columns]`, made a part of its rows at a time.
private struct WeightGradient {
  private let right: PackedMatrix
  let weight: Tensor

  /// - Parameter rows: what the weights were multiplied with at each position.
  init(_ rows: RowPointers, columns: Int, width: Int, _ precision: Precision) {
    right = PackedMatrix(rows, n: columns, precision)
    weight = Tensor(Buffer(count: width * columns), [width, columns])
  }

  /// The product that fills the rows from `row` on.
  func product(from row: Int) -> Matmul.Transposed {
    Matmul.Transposed(right, into: weight.pointer + row * right.n)
  }
}
