import Tensors

/// One cell over time, in one direction.
public struct RecurrentLayer: Module {
  public let cell: any Cell
  public let options: LayerOptions
  /// The parameters, in PyTorch's layout.
  package var weights: RecurrentWeights
  private var prepared: PreparedWeights?

  /// Units of the cell.
  public var hidden: Int { weights.hidden }
  /// Features of the output.
  public var outputSize: Int { weights.outputs }

  /// - Precondition: neither the cell nor the options have a flaw.
  public init(
    _ cell: any Cell, input: Int, hidden: Int, options: LayerOptions = LayerOptions(),
    initialiser: inout ParameterInitialiser
  ) {
    if let flaw = cell.flaw ?? options.flaw(cell, hidden: hidden) { preconditionFailure(flaw) }
    self.cell = cell
    self.options = options
    let outputs = options.projection ?? hidden
    let width = cell.gates * hidden
    weights = RecurrentWeights(
      inputWeight: initialiser.recurrentInput(gates: cell.gates, hidden: hidden, input: input),
      recurrentWeight: cell.readsOutput
        ? initialiser.recurrent(gates: cell.gates, hidden: hidden, outputs: outputs) : Tensor(shape: [0, outputs]),
      inputBias: initialiser.bias(cell.gates * hidden, fanIn: hidden),
      recurrentBias: cell.readsOutput ? initialiser.bias(cell.gates * hidden, fanIn: hidden) : Tensor(shape: [0]),
      vectors: cell.vectors.map { Tensor(shape: [hidden], repeating: $0.start) },
      projection: options.projection.map { initialiser.projection([$0, hidden]) },
      gains: options.layerNorm
        ? (input: Tensor(shape: [width], repeating: 1), recurrent: Tensor(shape: [width], repeating: 1)) : nil)
  }

  /// The state of zeros: `[batch, features]` for each state vector of the cell.
  public func zeroState(batch: Int) -> [Tensor] {
    (0..<cell.states).map { Tensor(shape: [batch, weights.features(state: $0)]) }
  }

  /// Runs whole sequences from a state: one operation on the tape, however long they are.
  ///
  /// - Parameters:
  ///   - initial: `[batch, features]` for each state vector.
  ///   - lengths: steps of each sequence; nil if all have the full length. Later steps give zeros and leave the state.
  ///   - reverse: goes from each sequence's own end to its start.
  ///   - key: random numbers for zoneout; nil for its expectation.
  /// - Returns: the outputs `[batch, time, outputSize]`, and the state after each sequence's last step.
  public func callAsFunction(
    _ input: SequenceInput, initial: [Tensor], lengths: [Int32]? = nil, reverse: Bool = false,
    key: RandomKey? = nil
  ) -> (output: Tensor, final: [Tensor]) {
    let forward = forward(
      input, initial: initial, lengths: lengths, reverse: reverse, precision: .current, key: key)
    return recorded(forward, input, initial: initial)
  }

  /// The same outside any tape.
  func forward(
    _ input: SequenceInput, initial: [Tensor], lengths: [Int32]?, reverse: Bool, precision: Precision,
    key: RandomKey? = nil
  ) -> SequenceForward {
    let layout = SequenceLayout(batch: input.batch, time: input.time, lengths: lengths, reverse: reverse)
    precondition(initial.count == cell.states, "\(initial.count) state vectors for a cell of \(cell.states)")
    return SequenceForward(
      cell, weights, options: options, prepared: precision == .float32 ? prepared : nil, input: input, initial: initial,
      layout: layout,
      precision: precision, key: key)
  }

  /// A copy whose recurrent weights are partly zero, as a masked tensor on the tape.
  func droppingWeights(_ key: RandomKey) -> RecurrentLayer {
    var copy = self
    copy.weights.recurrentWeight = weights.recurrentWeight.dropout(options.weightDrop, key: key)
    copy.prepared = nil
    return copy
  }

  /// A run on the tape.
  func recorded(
    _ forward: SequenceForward, _ input: SequenceInput, initial: [Tensor]
  ) -> (output: Tensor, final: [Tensor]) {
    let (cell, weights) = (cell, weights)
    // An input that no gradient flows to is named on the tape all the same, so that the order never changes.
    let source = input.tensor ?? Tensor(0)
    let inputs = [source] + weights.parameters + initial
    let outputs = Tape.record([forward.output] + forward.final, from: inputs) { d in
      let gradients = forward.backward(
        cell, weights, input: input, doutput: d[0], dfinal: Array(d.dropFirst()))
      return [gradients.input] + gradients.weights.parameters + gradients.initial
    }
    return (outputs[0], Array(outputs.dropFirst()))
  }

  mutating func prepare() {
    if prepared == nil { prepared = PreparedWeights(cell, weights) }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    prepared = nil
    try visit("weight_ih", &weights.inputWeight)
    if cell.readsOutput { try visit("weight_hh", &weights.recurrentWeight) }
    try visit("bias_ih", &weights.inputBias)
    if cell.readsOutput { try visit("bias_hh", &weights.recurrentBias) }
    if weights.projection != nil { try visit("weight_hr", &weights.projection!) }
    if weights.gains != nil {
      try visit("gain_ih", &weights.gains!.input)
      try visit("gain_hh", &weights.gains!.recurrent)
    }
    for index in weights.vectors.indices { try visit(cell.vectors[index].name, &weights.vectors[index]) }
  }
}
