import CKernels
import Tensors

/// A layer run over a batch of sequences in one direction: its result, and what the way back needs.
package struct SequenceForward: Sendable {
  /// `[batch, time, outputs]`, zero at padded steps.
  package let output: Tensor
  /// The state after each sequence's own last step: `[batch, features]` for each state vector.
  package let final: [Tensor]

  let layout: SequenceLayout
  let positions: [Int]
  let options: LayerOptions
  /// `[batch, time, gates * hidden]`: what the cell left there.
  let gates: Buffer
  /// `[batch, time, apartGates * hidden]`
  let apart: Buffer
  /// `[states - 1, batch, time, hidden]`
  let others: Buffer
  let initial: InitialState
  /// The cell's own: `[vectors * hidden]`.
  let vectors: Buffer
  /// What the cell gave, `[states, batch, time, hidden]`, where that is not yet the next state; of h alone for a projection.
  let candidates: Buffer?
  let masks: ZoneoutMasks?
  let normalisation: SideNormalisation?
  let precision: Precision

  /// - Parameters:
  ///   - prepared: the weights in float32 as they are multiplied, if they are at hand.
  ///   - initial: `[batch, features]` for each state vector of the cell.
  ///   - precision: of the operands of all matrix products, on the way back too.
  ///   - key: random numbers for zoneout; nil for its expectation.
  package init<C: Cell>(
    _ cell: C, _ weights: RecurrentWeights, options: LayerOptions = LayerOptions(), prepared: PreparedWeights? = nil,
    input: SequenceInput, initial: [Tensor], layout: SequenceLayout, precision: Precision = .float32,
    key: RandomKey? = nil
  ) {
    let (batch, time, hidden, width) = (layout.batch, layout.time, weights.hidden, weights.width)
    let outputs = weights.outputs
    let positions = layout.positions
    let gates = Buffer(count: batch * time * width)
    let apart = Buffer(count: batch * time * cell.apartGates * hidden)
    let others = Buffer(count: (cell.states - 1) * batch * time * hidden)
    let normalisation = weights.gains.map { SideNormalisation(batch: batch, time: time, width: width, $0) }
    let bias =
      normalisation == nil ? prepared?.bias ?? weights.summedBias(cell) : Tensor(shape: [width])
    InputProjection.forward(
      input, weights, bias: bias, positions: positions, into: (normalisation?.inputs ?? gates).pointer
    ) { prepared?.input ?? weights.packedInput(precision) }
    normalisation?.normaliseInputs(positions, bias: weights.inputBias, into: gates.pointer)
    let start = InitialState(initial, batch: batch, features: (0..<cell.states).map(weights.features))
    let vectors = weights.packedVectors
    let kept = options.zones ? cell.states : options.projection != nil ? 1 : 0
    let candidates = kept == 0 ? nil : Buffer(count: kept * batch * time * hidden)
    let masks =
      options.zones
      ? key.map {
        ZoneoutMasks(options, states: cell.states, batch: batch, time: time, hidden: hidden, key: $0)
      } : nil
    let output = Tensor(shape: [batch, time, outputs]) { output in
      layout.forEachPadding { rn_fill(output + $0 * outputs, 0, $1 * outputs) }
      let steps = SequenceSteps(
        cell, layout: layout, hidden: hidden, outputs: outputs, options: options, gates: gates.pointer,
        apart: apart.pointer, output: output, others: others.pointer, initial: start, vectors: vectors.pointer,
        candidates: candidates?.pointer, masks: masks, normalisation: normalisation)
      let plan = StepShares.plan(
        batch: batch, time: time, hidden: hidden, width: width, wholeRows: options.needsWholeRows)
      let byGate = plan.cutsUnits
      let packed = prepared?.recurrent(byGate: byGate) ?? weights.packedForward(cell, byGate: byGate, precision)
      let projection = weights.packedProjection(precision)
      let bias = weights.recurrentBias
      StepShares.run(plan, batch: batch, hidden: hidden) { share, barrier in
        steps.forward(cell, share, barrier, packed, projection, bias: bias.pointer)
      }
    }
    self.output = output
    self.layout = layout
    self.positions = positions
    self.options = options
    self.gates = gates
    self.apart = apart
    self.others = others
    self.initial = start
    self.vectors = vectors
    self.candidates = candidates
    self.masks = masks
    self.normalisation = normalisation
    self.precision = precision
    final = (0..<cell.states).map { state in
      let features = weights.features(state: state)
      return Tensor(shape: [batch, features]) { final in
        let vectors = state == 0 ? output.pointer : others.pointer + (state - 1) * batch * time * hidden
        for row in 0..<batch {
          let last = layout.time(of: layout.length(row) - 1, row: row)
          let from = last.map { vectors + (row * time + $0) * features } ?? start.pointer(state, row: row)
          (final + row * features).update(from: from, count: features)
        }
      }
    }
  }
}

/// The state before the first step, with all its vectors in one buffer: h `[batch, outputs]`, then the others, `[batch, hidden]`
/// each.
struct InitialState: Sendable {
  private let buffer: Buffer
  private let batch: Int
  private let outputs: Int
  private let hidden: Int

  init(_ states: [Tensor], batch: Int, features: [Int]) {
    self.batch = batch
    (outputs, hidden) = (features[0], features[features.count - 1])
    buffer = Buffer(count: features.reduce(0, +) * batch)
    for (index, state) in states.enumerated() {
      precondition(
        state.shape == [batch, features[index]], "a state of shape \(state.shape), not [\(batch), \(features[index])]")
      pointer(index, row: 0).update(from: state.pointer, count: batch * features[index])
    }
  }

  func pointer(_ state: Int, row: Int) -> UnsafeMutablePointer<Float> {
    state == 0
      ? buffer.pointer + row * outputs : buffer.pointer + batch * outputs + ((state - 1) * batch + row) * hidden
  }

  func row(_ row: Int) -> StateRow {
    StateRow(h: pointer(0, row: row), others: pointer(1, row: row), stride: batch * hidden)
  }
}
