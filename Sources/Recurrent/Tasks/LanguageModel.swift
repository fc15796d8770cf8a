import Tensors

/// A model of the next token: one-hot or embedded input, recurrent stack, linear output layer or adaptive softmax.
///
/// It is trained by teacher forcing: at every step it is given the true previous token, never one of its own.
public struct LanguageModel: Module {
  public let configuration: LanguageModelConfiguration
  /// The table of input vectors; nil for one-hot input.
  public var embedding: Embedding?
  public var stack: RecurrentStack
  /// The output layer of a full softmax, `[vocabulary, hidden]`; with tied embeddings, its weight is the embedding's and
  /// this one is nil.
  public var outputWeight: Tensor?
  /// `[vocabulary]`, of a full softmax.
  public var outputBias: Tensor?
  /// The output layer of an adaptive softmax; nil for a full one.
  public var adaptiveSoftmax: AdaptiveSoftmax?
  /// What becomes of the condition's vector: it is added to the vector of every token. `[embedding, features]`; nil without.
  public var conditionWeight: Tensor?

  public init(_ configuration: LanguageModelConfiguration, seed: UInt64) {
    self.init(configuration, ParameterInitialiser(configuration.initialisation, seed: seed))
  }

  /// A model whose parameters are about to be read: normal and orthogonal matrices would take seconds to make.
  init(parametersToCome configuration: LanguageModelConfiguration) {
    self.init(configuration, ParameterInitialiser(.uniform(0), seed: 0))
  }

  /// - Parameter configuration: of the same shape, and with the same parameters.
  init(_ model: LanguageModel, as configuration: LanguageModelConfiguration) {
    self.configuration = configuration
    (embedding, stack, adaptiveSoftmax) = (model.embedding, model.stack, model.adaptiveSoftmax)
    (outputWeight, outputBias) = (model.outputWeight, model.outputBias)
  }

  private init(_ configuration: LanguageModelConfiguration, _ initialiser: ParameterInitialiser) {
    self.configuration = configuration
    let c = configuration
    var initialiser = initialiser
    embedding =
      c.embedding > 0
      ? Embedding(vocabulary: c.vocabulary, features: c.embedding, initialiser: &initialiser) : nil
    stack = RecurrentStack(
      c.cell.cell, input: c.embedding > 0 ? c.embedding : c.vocabulary, hidden: c.hidden, layers: c.layers,
      dropout: c.dropout, lockedDropout: c.lockedDropout, forgetBias: c.forgetBias,
      options: c.layer ?? LayerOptions(), initialiser: &initialiser)
    switch c.softmax {
    case .full:
      outputWeight = c.tied ? nil : initialiser.linear([c.vocabulary, c.outputs])
      outputBias = initialiser.bias(c.vocabulary, fanIn: c.outputs)
    case .adaptive(let cutoffs):
      adaptiveSoftmax = AdaptiveSoftmax(
        hidden: c.outputs, classes: c.vocabulary, cutoffs: cutoffs, initialiser: &initialiser)
    }
    // A standard normal table as the output layer would start with logits of many nats.
    if c.tied { embedding?.weight = initialiser.linear([c.vocabulary, c.outputs]) }
    conditionWeight = c.condition.map { initialiser.linear([c.embedding, $0.features]) }
  }

  public func zeroState(batch: Int) -> RecurrentState { stack.zeroState(batch: batch) }

  /// The logits of the token that follows each position; of an adaptive softmax, the log-probabilities.
  ///
  /// - Parameters:
  ///   - tokens: ids, row-major `[batch, time]`.
  ///   - dropoutKey: random numbers for dropout on the input vectors, between layers and before the output layer; nil
  ///     for none.
  /// - Returns: `[batch, time, vocabulary]`, and the state after the last step.
  public func callAsFunction(
    _ tokens: [Int32], batch: Int, time: Int, state: RecurrentState, dropoutKey: RandomKey? = nil
  ) -> (logits: Tensor, state: RecurrentState) {
    let (hidden, state) = hidden(tokens, batch: batch, time: time, state: state, dropoutKey: dropoutKey)
    return (logits(hidden), state)
  }

  /// The mean cross-entropy in nats of the tokens that follow.
  ///
  /// - Parameter targets: the token that follows each position, row-major `[batch, time]`; negative ones are left out.
  /// - Returns: the loss, and the state after the last step.
  public func loss(
    _ tokens: [Int32], targets: [Int32], batch: Int, time: Int, state: RecurrentState, dropoutKey: RandomKey? = nil
  ) -> (loss: Tensor, state: RecurrentState) {
    let (hidden, state) = hidden(tokens, batch: batch, time: time, state: state, dropoutKey: dropoutKey)
    return (adaptiveSoftmax?.loss(hidden, targets) ?? logits(hidden).softmaxCrossEntropy(targets), state)
  }

  /// What the output layer sees: `[batch, time, hidden]`, and the state after the last step.
  ///
  /// - Parameter conditions: the vector of each row `[batch, features]`; nil for none.
  func hidden(
    _ tokens: [Int32], batch: Int, time: Int, state: RecurrentState, conditions: Tensor? = nil,
    dropoutKey: RandomKey? = nil
  ) -> (hidden: Tensor, state: RecurrentState) {
    var input = SequenceInput.tokens(tokens, batch: batch, time: time, embedding: embedding?.weight)
    if let embedding, conditions != nil || dropoutKey != nil && configuration.dropout > 0 {
      var vectors = embedding(tokens, shape: [batch, time])
      if let conditions, let conditionWeight {
        let rows = (0..<Int32(batch)).flatMap { Array(repeating: $0, count: time) }
        vectors = vectors + conditions.linear(conditionWeight).gather(rows, shape: [batch, time])
      }
      input = .vectors(dropoutKey.map { drop(vectors, $0.stream(Self.inputStream)) } ?? vectors)
    }
    var (hidden, state) = stack(input, state: state, dropoutKey: dropoutKey)
    if let dropoutKey { hidden = drop(hidden, dropoutKey.stream(Self.outputStream)) }
    return (hidden, state)
  }

  func logits(_ hidden: Tensor) -> Tensor {
    adaptiveSoftmax?.logProbabilities(hidden) ?? hidden.linear(projection, bias: outputBias)
  }

  /// The weight of a full softmax, `[vocabulary, hidden]`.
  package var projection: Tensor {
    if let outputWeight { return outputWeight }
    guard let embedding else { preconditionFailure("tied embeddings need an embedding") }
    return embedding.weight
  }

  // Streams of random numbers; the stack takes those from 0 on.
  private static let inputStream: UInt32 = 1 << 16
  private static let outputStream: UInt32 = 1 << 16 + 1

  private func drop(_ x: Tensor, _ key: RandomKey) -> Tensor {
    x.dropout(configuration.dropout, key: key, locked: configuration.lockedDropout)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try embedding?.visitParameters(under: "embedding", visit)
    try stack.visitParameters(under: "rnn", visit)
    if outputWeight != nil { try visit("output.weight", &outputWeight!) }
    if outputBias != nil { try visit("output.bias", &outputBias!) }
    try adaptiveSoftmax?.visitParameters(under: "output", visit)
    if conditionWeight != nil { try visit("condition.weight", &conditionWeight!) }
  }
}
