import Tensors

/// A recurrent layer, and a linear one that reads its outputs where something is asked.
public struct MemoryModel: Module {
  public var stack: RecurrentStack
  public var output: Linear

  /// - Parameters:
  ///   - span: steps that gates are set to remember for at the start; 1 leaves them as they are.
  ///   - forgetBias: added to the bias of an LSTM's forget gate, or a GRU's update gate.
  public init(
    _ task: some MemoryTask, cell: any Cell, hidden: Int, span: Int = 1, forgetBias: Float = 0, seed: UInt64
  ) {
    var initialiser = ParameterInitialiser(seed: seed)
    stack = RecurrentStack(cell, input: task.inputs, hidden: hidden, initialiser: &initialiser)
    output = Linear(inputs: hidden, outputs: task.outputs, initialiser: &initialiser)
    if cell is LSTM {
      remember(span, gate: LSTM.forgetGate, sign: 1, bias: forgetBias)
      remember(span, gate: LSTM.inputGate, sign: -1)
    }
    if cell is GRU { remember(span, gate: GRU.updateGate, sign: 1, bias: forgetBias) }
  }

  /// A gate of sigmoid(log u) = u / (1 + u) lets a value last for about u steps, here from 1 to `span` from unit to unit: the
  /// chrono initialisation of Tallec and Ollivier (2018), evenly spaced instead of drawn.
  private mutating func remember(_ span: Int, gate: Int, sign: Float, bias added: Float = 0) {
    let hidden = stack.layers[0].hidden
    stack.layers[0].weights.inputBias.withUnsafeMutablePointer { bias in
      for unit in 0..<hidden {
        let steps = 1 + Double(span - 1) * (Double(unit) + 0.5) / Double(hidden)
        bias[gate * hidden + unit] += sign * Float(Double.log(steps)) + added
      }
    }
  }

  /// `[asked, outputs]`
  public func callAsFunction(_ examples: MemoryExamples) -> Tensor {
    let (batch, time) = (examples.input.batch, examples.input.time)
    let states = stack(examples.input, state: stack.zeroState(batch: batch), lengths: examples.lengths).output
    return output(
      states.reshaped([batch * time, stack.outputSize]).gather(examples.asked, shape: [examples.asked.count]))
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try stack.visitParameters(visit)
    try output.visitParameters(under: "output", visit)
  }
}
