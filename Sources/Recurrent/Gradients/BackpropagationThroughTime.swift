import CKernels
import Tensors

/// Backpropagation through time (Werbos 1990) over a whole batch of sequences: from the gradients of the outputs and of
/// the final state to those of the weights, the input and the initial state. Truncation is a matter of who calls it: a
/// window of text is a whole sequence here, and its initial state a constant.
extension SequenceForward {
  /// - Parameters:
  ///   - doutput: d loss / d output `[batch, time, hidden]`, nil if no gradient comes from there.
  ///   - dfinal: d loss / d final for each state vector, likewise.
  /// - Note: the activations are overwritten: a second call would find gradients in their place.
  package func backward<C: Cell>(
    _ cell: C, _ weights: RecurrentWeights, input: SequenceInput, doutput: Tensor?, dfinal: [Tensor?]
  ) -> RecurrentGradients {
    let (batch, time, hidden, width) = (layout.batch, layout.time, weights.hidden, weights.width)
    let vectorWidth = cell.vectors.count * hidden
    let dvectors = vectorWidth == 0 ? nil : Buffer(count: batch * time * vectorWidth)
    let steps = SequenceSteps(
      cell, layout: layout, hidden: hidden, gates: gates.pointer, apart: apart.pointer,
      output: output.pointer, others: others.pointer, initial: initial, vectors: vectors.pointer,
      vectorGradients: dvectors?.pointer)
    let summed = steps.summedWidth
    layout.forEachPadding {
      rn_fill(gates.pointer + $0 * width, 0, $1 * width)
      rn_fill(apart.pointer + $0 * steps.apartWidth, 0, $1 * steps.apartWidth)
      if let dvectors { rn_fill(dvectors.pointer + $0 * vectorWidth, 0, $1 * vectorWidth) }
    }

    let dstate = InitialState(
      dfinal.map { $0 ?? Tensor(shape: [batch, hidden]) }, batch: batch, hidden: hidden)
    let packed = weights.packedBackward(cell, precision)
    let plan = StepShares.plan(batch: batch, time: time, hidden: hidden, width: width)
    StepShares.run(plan, batch: batch, hidden: hidden) { share, barrier in
      steps.backward(cell, share, barrier, packed, doutput: doutput?.pointer, dstate: dstate)
    }

    // dW_hh = sum over rows and steps of (d pre-activation) h_{t-1}^T, and dW_ih likewise with x_t
    let dgates = RowPointers(count: positions.count)
    let dapart = RowPointers(count: positions.count)
    let previous = RowPointers(count: positions.count)
    for (index, position) in positions.enumerated() {
      let (row, t) = (position / time, position % time)
      dgates[index] = UnsafePointer(steps.gateRow(row, t))
      dapart[index] = UnsafePointer(steps.apartRow(row, t))
      previous[index] = UnsafePointer(steps.previousState(row, t).h)
    }
    let recurrent = WeightGradient(previous, columns: hidden, width: width, precision)
    let projected = InputProjection.multipliedRows(input, positions).map {
      WeightGradient($0, columns: weights.input, width: width, precision)
    }
    Matmul.multiplyTransposed(
      dgates, columns: 0..<summed, [recurrent, projected].compactMap { $0?.product(from: 0) })
    if summed < width {
      Matmul.multiplyTransposed(
        dgates, columns: summed..<width, [projected].compactMap { $0?.product(from: summed) })
      Matmul.multiplyTransposed(dapart, columns: 0..<steps.apartWidth, [recurrent.product(from: summed)])
    }
    let inputBias = Tensor(shape: [width]) {
      ColumnSums.add(gates.pointer, rows: batch * time, columns: width, stride: width, to: $0)
    }
    var recurrentBias = inputBias
    if cell.apartGates > 0 {
      recurrentBias.withUnsafeMutablePointer {
        ColumnSums.add(
          apart.pointer, rows: batch * time, columns: steps.apartWidth, stride: steps.apartWidth, to: $0 + summed)
      }
    }
    let vectors = dvectors.map { gradients in
      Tensor(shape: [cell.vectors.count, hidden]) {
        ColumnSums.add(gradients.pointer, rows: batch * time, columns: vectorWidth, stride: vectorWidth, to: $0)
      }
    }
    let projection = InputProjection.backward(
      input, weights, positions: positions, dgates: gates.pointer, precision)
    guard let inputWeight = projected?.weight ?? projection.weight else {
      preconditionFailure("an input that is neither multiplied nor looked up")
    }
    return RecurrentGradients(
      inputWeight: inputWeight, recurrentWeight: recurrent.weight,
      inputBias: inputBias, recurrentBias: recurrentBias,
      vectors: cell.vectors.indices.compactMap { index in
        vectors.map { all in
          Tensor(shape: [hidden]) { $0.update(from: all.pointer + index * hidden, count: hidden) }
        }
      }, input: projection.input,
      initial: (0..<cell.states).map { state in
        Tensor(shape: [batch, hidden]) {
          $0.update(from: dstate.pointer(state, row: 0), count: batch * hidden)
        }
      })
  }
}

extension SequenceSteps {
  /// Takes a share of rows and units through all steps, last first. `dstate` holds d loss / d state of the current step.
  func backward(
    _ cell: some Cell, _ share: StepShares, _ barrier: borrowing Barrier,
    _ packed: (summed: PackedMatrix, apart: PackedMatrix?), doutput: UnsafePointer<Float>?, dstate: InitialState
  ) {
    let gates = RowPointers(count: share.rows.count)
    let apart = RowPointers(count: share.rows.count)
    let dprevious = RowPointers(count: share.rows.count)
    defer { withExtendedLifetime((gates, apart, dprevious)) {} }
    let (first, units) = (share.units.lowerBound, share.units.count)
    for step in stride(from: layout.time - 1, through: 0, by: -1) {
      var active = 0
      for row in share.rows {
        guard let time = layout.time(of: step, row: row) else { continue }
        gates[active] = UnsafePointer(gateRow(row, time))
        apart[active] = UnsafePointer(apartRow(row, time))
        let gradient = dstate.row(row)
        dprevious[active] = UnsafePointer(gradient.h)
        active += 1
        guard units > 0 else { continue }
        if let doutput {
          let dh = gradient.h + first
          rn_add(dh, doutput + (row * layout.time + time) * hidden + first, dh, units)
        }
        cell.backward(cellRow(row, time, units: share.units, gradient: gradient))
      }
      // The products need the gates of all units.
      barrier.wait()
      guard units > 0 else { continue }
      packed.summed.multiply(
        gates.pointers, count: active, columns: share.units, into: dprevious.mutablePointers, at: first,
        accumulate: true)
      packed.apart?.multiply(
        apart.pointers, count: active, columns: share.units, into: dprevious.mutablePointers, at: first,
        accumulate: true)
    }
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
