import Tensors

/// A model of the next token: one-hot or embedded input, recurrent stack, linear output layer.
///
/// It is trained by teacher forcing: at every step it is given the true previous token, never one of its own.
public struct LanguageModel: Module {
  public let configuration: LanguageModelConfiguration
  /// The table of input vectors; nil for one-hot input.
  public var embedding: Embedding?
  public var stack: RecurrentStack
  /// The output layer; with tied embeddings, its weight is the embedding's and this one is nil.
  public var outputWeight: Tensor?
  /// `[vocabulary]`
  public var outputBias: Tensor

  public init(_ configuration: LanguageModelConfiguration, seed: UInt64) {
    self.configuration = configuration
    let c = configuration
    var initialiser = ParameterInitialiser(c.initialisation, seed: seed)
    embedding =
      c.embedding > 0
      ? Embedding(vocabulary: c.vocabulary, features: c.embedding, initialiser: &initialiser) : nil
    stack = RecurrentStack(
      c.cell.cell, input: c.embedding > 0 ? c.embedding : c.vocabulary, hidden: c.hidden, layers: c.layers,
      dropout: c.dropout, lockedDropout: c.lockedDropout, forgetBias: c.forgetBias, initialiser: &initialiser)
    outputWeight = c.tied ? nil : initialiser.linear([c.vocabulary, c.hidden])
    outputBias = initialiser.bias(c.vocabulary, fanIn: c.hidden)
    // A standard normal table as the output layer would start with logits of many nats.
    if c.tied { embedding?.weight = initialiser.linear([c.vocabulary, c.hidden]) }
  }

  public func zeroState(batch: Int) -> RecurrentState { stack.zeroState(batch: batch) }

  /// The logits of the token that follows each position.
  ///
  /// - Parameters:
  ///   - tokens: ids, row-major `[batch, time]`.
  ///   - dropoutKey: random numbers for dropout on the input vectors, between layers and before the output layer; nil
  ///     for none.
  ///   - precision: of the operands of all matrix products, those of the gradient included.
  /// - Returns: `[batch, time, vocabulary]`, and the state after the last step.
  public func callAsFunction(
    _ tokens: [Int32], batch: Int, time: Int, state: RecurrentState, dropoutKey: RandomKey? = nil,
    precision: Precision = .float32
  ) -> (logits: Tensor, state: RecurrentState) {
    var input = SequenceInput.tokens(tokens, batch: batch, time: time, embedding: embedding?.weight)
    if let dropoutKey, let embedding, configuration.dropout > 0 {
      let vectors = embedding(tokens, shape: [batch, time])
      input = .vectors(drop(vectors, dropoutKey.stream(Self.inputStream)))
    }
    var (hidden, state) = stack(input, state: state, dropoutKey: dropoutKey, precision: precision)
    if let dropoutKey { hidden = drop(hidden, dropoutKey.stream(Self.outputStream)) }
    return (hidden.linear(projection, bias: outputBias, precision: precision), state)
  }

  /// `[vocabulary, hidden]`
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
    if var weight = outputWeight {
      outputWeight = nil  // so that a change happens in place
      defer { outputWeight = weight }
      try visit("output.weight", &weight)
    }
    try visit("output.bias", &outputBias)
  }
}
