import Tensors

/// One cell over time, in one direction.
public struct RecurrentLayer: Module {
  public let cell: any Cell
  /// The parameters, in PyTorch's layout.
  package var weights: RecurrentWeights
  private var prepared: PreparedWeights?

  public var hidden: Int { weights.hidden }

  public init(_ cell: any Cell, input: Int, hidden: Int, initialiser: inout ParameterInitialiser) {
    if let flaw = cell.flaw { preconditionFailure(flaw) }
    self.cell = cell
    weights = RecurrentWeights(
      inputWeight: initialiser.recurrentInput(gates: cell.gates, hidden: hidden, input: input),
      recurrentWeight: initialiser.recurrent(gates: cell.gates, hidden: hidden),
      inputBias: initialiser.bias(cell.gates * hidden, fanIn: hidden),
      recurrentBias: initialiser.bias(cell.gates * hidden, fanIn: hidden),
      vectors: cell.vectors.map { Tensor(shape: [hidden], repeating: $0.start) })
  }

  /// The state of zeros: `[batch, hidden]` for each state vector of the cell.
  public func zeroState(batch: Int) -> [Tensor] {
    (0..<cell.states).map { _ in Tensor(shape: [batch, hidden]) }
  }

  /// Runs whole sequences from a state: one operation on the tape, however long they are.
  ///
  /// - Parameters:
  ///   - initial: `[batch, hidden]` for each state vector.
  ///   - lengths: steps of each sequence; nil if all have the full length. Later steps give zeros and leave the state.
  ///   - reverse: goes from each sequence's own end to its start.
  /// - Returns: the outputs `[batch, time, hidden]`, and the state after each sequence's last step.
  public func callAsFunction(
    _ input: SequenceInput, initial: [Tensor], lengths: [Int32]? = nil, reverse: Bool = false
  ) -> (output: Tensor, final: [Tensor]) {
    let forward = forward(
      input, initial: initial, lengths: lengths, reverse: reverse, precision: .current)
    return recorded(forward, input, initial: initial)
  }

  /// The same outside any tape.
  func forward(
    _ input: SequenceInput, initial: [Tensor], lengths: [Int32]?, reverse: Bool, precision: Precision
  ) -> SequenceForward {
    let layout = SequenceLayout(batch: input.batch, time: input.time, lengths: lengths, reverse: reverse)
    precondition(initial.count == cell.states, "\(initial.count) state vectors for a cell of \(cell.states)")
    return SequenceForward(
      cell, weights, prepared: precision == .float32 ? prepared : nil, input: input, initial: initial, layout: layout,
      precision: precision)
  }

  /// A run on the tape.
  func recorded(
    _ forward: SequenceForward, _ input: SequenceInput, initial: [Tensor]
  ) -> (output: Tensor, final: [Tensor]) {
    let (cell, weights) = (cell, weights)
    // An input that no gradient flows to is named on the tape all the same, so that the order never changes.
    let source = input.tensor ?? Tensor(0)
    let parameters = [
      weights.inputWeight, weights.recurrentWeight, weights.inputBias, weights.recurrentBias,
    ] + weights.vectors
    let outputs = Tape.record([forward.output] + forward.final, from: [source] + parameters + initial) { d in
      let gradients = forward.backward(
        cell, weights, input: input, doutput: d[0], dfinal: Array(d.dropFirst()))
      return [
        gradients.input, gradients.inputWeight, gradients.recurrentWeight, gradients.inputBias,
        gradients.recurrentBias,
      ] + gradients.vectors + gradients.initial
    }
    return (outputs[0], Array(outputs.dropFirst()))
  }

  mutating func prepare() {
    if prepared == nil { prepared = PreparedWeights(cell, weights) }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    prepared = nil
    try visit("weight_ih", &weights.inputWeight)
    try visit("weight_hh", &weights.recurrentWeight)
    try visit("bias_ih", &weights.inputBias)
    try visit("bias_hh", &weights.recurrentBias)
    for index in weights.vectors.indices { try visit(cell.vectors[index].name, &weights.vectors[index]) }
  }
}
