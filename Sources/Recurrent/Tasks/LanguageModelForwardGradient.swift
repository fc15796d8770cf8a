import Tensors

extension LanguageModel {
  /// The state of zeros with which a gradient method begins.
  public func zeroState(batch: Int, gradient: GradientMethod) -> RecurrentState {
    stack.zeroState(batch: batch, gradient: gradient, table: embedding?.weight.shape)
  }

  /// The mean cross-entropy in nats of the tokens that follow, and its gradient, by a method that goes forward: one step
  /// after another, so that the memory it takes does not depend on their number.
  ///
  /// - Parameters:
  ///   - targets: the token that follows each position, row-major `[batch, time]`; negative ones are left out.
  ///   - state: of the method, by `zeroState(batch:gradient:)` or a former call.
  ///   - key: random numbers; each call needs others.
  ///   - seed: of the random weights that bring back the error with `rflo`.
  /// - Precondition: `flaw(_:)` is nil for the method.
  public func forwardGradients(
    _ tokens: [Int32], targets: [Int32], batch: Int, time: Int, state: RecurrentState, gradient: GradientMethod,
    key: RandomKey, seed: UInt64
  ) -> (loss: Tensor, state: RecurrentState, gradients: Gradients) {
    var (state, loss) = (state, 0.0)
    let feedback = gradient == .rflo ? feedback(seed) : nil
    var sum: Gradients?
    for t in 0..<time {
      let rows = stride(from: t, to: batch * time, by: time)
      let (inputs, followers) = (rows.map { tokens[$0] }, rows.map { targets[$0] })
      // Streams of random numbers for layers lie next to each other.
      let key = key.stream(Self.stepStream + UInt32(truncatingIfNeeded: t * configuration.layers))
      let (part, next, gradients) = valueAndGradient(of: self) { model in
        let (hidden, next) = model.stack.step(
          .tokens(inputs, batch: batch, time: 1, embedding: model.embedding?.weight), state: state,
          gradient: gradient, key: key)
        let loss =
          model.adaptiveSoftmax?.loss(hidden, followers)
          ?? hidden.linear(model.projection, bias: model.outputBias, feedback: feedback).softmaxCrossEntropy(followers)
        return ((1 / Float(time)) * loss, next)
      }
      loss += Double(part.scalar)
      state = next
      if sum == nil { sum = gradients } else { sum?.accumulate(gradients) }
    }
    guard let sum else { preconditionFailure("a window without steps") }
    return (Tensor(Float(loss)), state, sum)
  }

  private static let stepStream: UInt32 = 1 << 24

  /// Weights in the place of the output layer's, drawn as those begin.
  private func feedback(_ seed: UInt64) -> Tensor {
    let bound = 1 / Float(configuration.hidden).squareRoot()
    return RandomKey(seed: seed, stream: Self.feedbackStream).uniform(projection.shape, in: -bound..<bound)
  }

  private static let feedbackStream: UInt32 = 1 << 23
}

extension LanguageModelConfiguration {
  /// The floats of a method's influence for a batch; 0 for backpropagation through time.
  func influenceCount(_ gradient: GradientMethod, batch: Int) -> Int {
    guard let method = gradient.forward else { return 0 }
    let cell = cell.cell
    let shapes = (0..<layers).map { layer in
      LayerShape(
        cell, input: layer > 0 ? hidden : embedding > 0 ? embedding : vocabulary, hidden: hidden)
    }
    return method.elements(shapes, table: embedding > 0 ? vocabulary * embedding : nil, batch: batch)
  }

  /// The resident memory that a run takes at its peak, in bytes: what a window takes by backpropagation through time; or what
  /// a step takes, with the sum of the gradients, and the influence before and after it.
  public func trainingMemory(_ options: TrainingOptions) -> Int {
    if options.gradient == .bptt {
      return trainingMemory(batch: options.batch, time: options.window, optimizer: options.optimizer)
    }
    let parameters = LanguageModel.parameterShapes(self).values.reduce(0) { $0 + $1.reduce(1, *) }
    return trainingMemory(batch: options.batch, time: 1, optimizer: options.optimizer)
      + 4 * (parameters + 2 * influenceCount(options.gradient, batch: options.batch))
  }

  /// Influence of more than this many floats is refused: 8 GiB.
  private static let mostInfluence = Int(Int32.max)

  /// What is wrong with the gradient method of a run for a model of this shape; nil if nothing is.
  public func flaw(_ options: TrainingOptions) -> String? {
    let (gradient, batch) = (options.gradient, options.batch)
    guard gradient != .bptt else { return nil }
    if options.precision != .float32 {
      return
        "\(options.precision.rawValue) with the gradient method \(gradient.rawValue), whose products are in float32; "
        + "leave out --precision"
    }
    if let flaw = gradient.flaw(layers: layers, options: layer ?? LayerOptions()) { return flaw }
    if dropout > 0 { return "dropout \(dropout) with the gradient method \(gradient.rawValue); use --dropout 0" }
    if condition != nil { return "a condition with the gradient method \(gradient.rawValue); use --gradient bptt" }
    if gradient == .rflo, softmax != .full {
      return "an adaptive softmax with the gradient method rflo, which has random weights in the place of one matrix"
    }
    let count = influenceCount(gradient, batch: batch)
    if count > Self.mostInfluence {
      return
        "the gradient method \(gradient.rawValue) with \(count >> 28) GiB of influence; use fewer --hidden units, a "
        + "smaller --batch" + (gradient == .rtrl ? ", or --gradient snap1" : "")
    }
    return nil
  }
}
