import Tensors

/// A stack one step at a time, with gradients that come forward.
extension RecurrentStack {
  /// The state of zeros with which a method's influence begins.
  ///
  /// - Parameter table: the shape of the embedding that tokens are looked up in; nil where the input is one-hot or vectors.
  public func zeroState(batch: Int, gradient: GradientMethod, table: Shape? = nil) -> RecurrentState {
    RecurrentState(
      layers: zeroState(batch: batch).layers,
      influence: gradient.forward.map { method in
        method.axes(layers.map { LayerShape($0.cell, $0.weights) }, table: table?.count, batch: batch).map {
          Tensor(shape: Shape($0))
        }
      } ?? [])
  }

  /// Runs one step as one operation on the tape, whose gradient with respect to the parameters takes in all steps since the
  /// influence was zero, as the method gives it. The sum of such gradients over steps is the gradient of the sum of their
  /// losses. Nothing of the step is kept but its state.
  ///
  /// The input, if it is vectors, gets the gradient of this step alone. There is no dropout, and products are in float32.
  ///
  /// - Parameters:
  ///   - input: `[batch, 1, features]`, or a token for each row.
  ///   - state: from `zeroState(batch:gradient:table:)` of the same method, or a former step.
  ///   - key: random numbers of this step, for methods that need them.
  /// - Returns: the last layer's output `[batch, 1, outputSize]`, and the state after the step.
  /// - Precondition: the method is not `bptt` and has no `flaw` for this stack, which is not bidirectional.
  public func step(
    _ input: SequenceInput, state: RecurrentState, gradient: GradientMethod, key: RandomKey
  ) -> (output: Tensor, state: RecurrentState) {
    guard let method = gradient.forward else {
      preconditionFailure("backpropagation through time takes no single steps")
    }
    precondition(
      !bidirectional && gradient.flaw(layers: layers.count, options: options) == nil, "\(gradient) for this stack")
    var input = input
    let source = input.tensor ?? Tensor(0)
    var steps: [LayerStep] = []
    for (layer, state) in zip(layers, state.layers) {
      steps.append(LayerStep(layer.cell, layer.weights, input: input, state: state))
      let h = steps[steps.count - 1].next[0]
      input = .vectors(h.reshaped([h.shape[0], 1, h.shape[1]]))
    }
    let influence = method.advance(state.influence, steps, key: key)
    guard case .vectors(let output) = input else { preconditionFailure("a stack without layers") }
    let parameters = layers.flatMap(\.weights.parameters)
    let recorded = Tape.record(output, from: [source] + parameters) { [steps] doutput in
      let d = doutput.reshaped([output.shape[0], output.shape[2]])
      let gradients = method.gradients(influence, steps, doutput: d)
      return [gradients[0].input] + gradients.flatMap(\.weights.parameters)
    }
    return (recorded, RecurrentState(layers: steps.map(\.next), influence: influence))
  }
}
