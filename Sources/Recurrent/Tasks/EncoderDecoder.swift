import Tensors

/// A model that reads one sequence and writes another (Sutskever et al. 2014), with attention (Bahdanau et al. 2014, in the
/// form of Luong et al. 2015): the encoder's stack reads the source; the decoder's stack, which begins where the bridge
/// leads, reads what is written so far; the attentional vector tanh(W [context; state]) gives the logits of the next token.
public struct EncoderDecoder: Module {
  public let configuration: EncoderDecoderConfiguration
  /// Vectors of the tokens of the source; of both sides where they are shared.
  public var sourceVectors: Embedding
  /// Nil where they are shared.
  public var targetVectors: Embedding?
  public var encoder: RecurrentStack
  public var bridge: Bridge
  public var decoder: RecurrentStack
  public var attention: Attention?
  /// W and b of the attentional vector, `[decoder, memory + decoder]`; nil without attention.
  public var combination: Linear?
  public var output: Linear
  /// The gate between writing and copying, `[1, decoder]`; nil where nothing is copied.
  public var copyGate: Linear?

  public init(_ configuration: EncoderDecoderConfiguration, seed: UInt64) {
    self.configuration = configuration
    let c = configuration
    var initialiser = ParameterInitialiser(c.initialisation, seed: seed)
    sourceVectors = Embedding(vocabulary: c.sourceVocabulary, features: c.embedding, initialiser: &initialiser)
    targetVectors =
      c.shared ? nil : Embedding(vocabulary: c.targetVocabulary, features: c.embedding, initialiser: &initialiser)
    encoder = RecurrentStack(
      c.encoderCell.cell, input: c.embedding, hidden: c.encoderHidden, layers: c.encoderLayers,
      bidirectional: c.bidirectional, dropout: c.dropout, initialiser: &initialiser)
    bridge = Bridge(from: c.encoderSide, to: c.decoderSide, initialiser: &initialiser)
    decoder = RecurrentStack(
      c.decoderCell.cell, input: c.decoderInput, hidden: c.decoderHidden, layers: c.decoderLayers, dropout: c.dropout,
      initialiser: &initialiser)
    if let method = c.attention {
      attention = Attention(method, queries: c.decoderHidden, memory: c.memory, initialiser: &initialiser)
      combination = Linear(
        inputs: c.memory + c.decoderHidden, outputs: c.decoderHidden, initialiser: &initialiser)
    }
    output = Linear(inputs: c.decoderHidden, outputs: c.targetVocabulary, initialiser: &initialiser)
    copyGate = c.copying ? Linear(inputs: c.decoderHidden, outputs: 1, initialiser: &initialiser) : nil
  }

  // Streams of random numbers; the encoder's stack takes those from 0 on.
  static let sourceStream: UInt32 = 1 << 16
  static let decoderStream: UInt32 = 1 << 17
  static let targetStream: UInt32 = 1 << 17 + 1 << 16
  static let outputStream: UInt32 = 1 << 17 + 1 << 16 + 1

  /// Sources as they have been read.
  package struct Memory {
    /// `[batch, time, memory]`
    package var steps: Tensor
    /// What attention compares with; nil without attention.
    package var keys: Tensor?
    package var lengths: [Int32]
    /// What the decoder begins with.
    package var state: RecurrentState
  }

  /// - Parameters:
  ///   - tokens: row-major `[batch, time]`, each source with its end; shorter ones are padded with any token.
  ///   - key: random numbers for dropout; nil for none.
  package func encode(_ tokens: [Int32], lengths: [Int32], time: Int, key: RandomKey? = nil) -> Memory {
    let batch = lengths.count
    let input = input(tokens, sourceVectors, batch: batch, time: time, key?.stream(Self.sourceStream))
    let (steps, state) = encoder(input, state: encoder.zeroState(batch: batch), lengths: lengths, dropoutKey: key)
    return Memory(steps: steps, keys: attention?.keys(steps), lengths: lengths, state: bridge(state))
  }

  /// Vectors of tokens, with dropout in training.
  func input(
    _ tokens: [Int32], _ table: Embedding, batch: Int, time: Int, _ key: RandomKey?
  ) -> SequenceInput {
    guard let key, configuration.dropout > 0 else {
      return .tokens(tokens, batch: batch, time: time, embedding: table.weight)
    }
    return .vectors(table(tokens, shape: [batch, time]).dropout(configuration.dropout, key: key))
  }

  var writtenVectors: Embedding { targetVectors ?? sourceVectors }

  /// What the output layer sees, from states of the decoder `[batch, steps, decoder]`: of that shape, and where attention
  /// looks, `[batch, steps, time]`.
  func attend(_ states: Tensor, _ memory: Memory) -> (vectors: Tensor, attention: Tensor?) {
    guard let attention, let combination, let keys = memory.keys else { return (states, nil) }
    let (context, weights) = attention(states, keys: keys, memory: memory.steps, lengths: memory.lengths)
    return (combination(.concatenate([context, states], axis: -1)).tanh(), weights)
  }

  func dropped(_ vectors: Tensor, _ key: RandomKey?) -> Tensor {
    key.map { vectors.dropout(configuration.dropout, key: $0.stream(Self.outputStream)) } ?? vectors
  }

  /// What the output layer sees while the true tokens are read (teacher forcing): all steps of the decoder at once.
  ///
  /// - Parameters:
  ///   - inputs: row-major `[batch, time]`: the start, and the tokens of the target.
  ///   - lengths: how many of them each target has.
  package func forced(
    _ inputs: [Int32], lengths: [Int32], time: Int, _ memory: Memory, key: RandomKey? = nil
  ) -> (vectors: Tensor, attention: Tensor?) {
    let input = input(inputs, writtenVectors, batch: lengths.count, time: time, key?.stream(Self.targetStream))
    let (states, _) = decoder(
      input, state: memory.state, lengths: lengths, dropoutKey: key?.stream(Self.decoderStream))
    let (vectors, weights) = attend(states, memory)
    return (dropped(vectors, key), weights)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try sourceVectors.visitParameters(under: "source", visit)
    try targetVectors?.visitParameters(under: "target", visit)
    try encoder.visitParameters(under: "encoder", visit)
    try bridge.visitParameters(under: "bridge", visit)
    try decoder.visitParameters(under: "decoder", visit)
    try attention?.visitParameters(under: "attention", visit)
    try combination?.visitParameters(under: "combination", visit)
    try output.visitParameters(under: "output", visit)
    try copyGate?.visitParameters(under: "copy", visit)
  }
}
