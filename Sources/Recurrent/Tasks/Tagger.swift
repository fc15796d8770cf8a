import Tensors

/// A tag for each word of a sentence (Lample et al. 2016): the vector of the word beside one from its characters, a
/// bidirectional recurrent stack, a linear layer, and on top of it a conditional random field or a softmax.
public struct Tagger: Module {
  public let configuration: TaggerConfiguration
  public var words: Embedding
  /// nil where characters are not looked at.
  public var characters: CharacterWordEncoder?
  public var stack: RecurrentStack
  public var output: Linear
  /// nil for a softmax.
  public var field: ConditionalRandomField?

  /// - Parameter allowed: what the conditional random field allows, see `TaggerVocabulary.allowedTransitions`.
  public init(_ configuration: TaggerConfiguration, allowed: AllowedTransitions? = nil, seed: UInt64) {
    self.configuration = configuration
    let c = configuration
    var initialiser = ParameterInitialiser(.pytorch, seed: seed)
    words = Embedding(vocabulary: c.words, features: c.embedding, initialiser: &initialiser)
    // Vectors of length 1 on average, as long as those of the characters: longer ones drown these.
    words.weight = (1 / Float(c.embedding).squareRoot()) * words.weight
    characters =
      c.characterEmbedding > 0
      ? CharacterWordEncoder(
        c.cell.cell, characters: c.characters, features: c.characterEmbedding, hidden: c.characterHidden,
        initialiser: &initialiser) : nil
    stack = RecurrentStack(
      c.cell.cell, input: c.inputSize, hidden: c.hidden, layers: c.layers, bidirectional: true, dropout: c.dropout,
      lockedDropout: c.lockedDropout, initialiser: &initialiser)
    output = Linear(inputs: stack.outputSize, outputs: c.tags, initialiser: &initialiser)
    field = c.output == .crf ? ConditionalRandomField(tags: c.tags, allowed: allowed) : nil
  }

  // Streams of random numbers; the stack takes those from 0 on.
  private static let inputStream: UInt32 = 1 << 16
  private static let outputStream: UInt32 = 1 << 16 + 1
  private static let wordStream: UInt32 = 1 << 16 + 2

  /// A score for each tag of each token.
  ///
  /// - Parameters:
  ///   - dropRates: for each word, the probability with which it becomes the unknown word; empty for none.
  ///   - key: random numbers for dropout; nil for none.
  /// - Returns: `[batch, time, tags]`
  package func emissions(_ batch: TaggerBatch, dropRates: [Float] = [], key: RandomKey? = nil) -> Tensor {
    let shape: Shape = [batch.batch, batch.time]
    var ids = batch.words
    if let key, !dropRates.isEmpty {
      let draws = key.stream(Self.wordStream).uniform(shape, in: 0..<1)
      for index in ids.indices where draws.pointer[index] < dropRates[Int(ids[index])] { ids[index] = 0 }
      withExtendedLifetime(draws) {}
    }
    var vectors = words(ids, shape: shape)
    if let characters {
      let spelled = characters(batch.characters, lengths: batch.characterCounts)
      vectors = .concatenate([vectors, spelled.gather(batch.places, shape: shape)], axis: -1)
    }
    let (hidden, _) = stack(
      .vectors(drop(vectors, key?.stream(Self.inputStream))), state: stack.zeroState(batch: batch.batch),
      lengths: batch.lengths, dropoutKey: configuration.dropout > 0 ? key : nil)
    return output(drop(hidden, key?.stream(Self.outputStream)))
  }

  private func drop(_ x: Tensor, _ key: RandomKey?) -> Tensor {
    guard let key else { return x }
    return x.dropout(configuration.dropout, key: key, locked: configuration.lockedDropout)
  }

  /// With a conditional random field, the mean over sentences of -log p(tags); with a softmax, the mean over tokens.
  func loss(_ emissions: consuming Tensor, _ batch: TaggerBatch) -> Tensor {
    guard let field else { return emissions.softmaxCrossEntropy(batch.tags) }
    return field.negativeLogLikelihood(emissions, tags: batch.tags, lengths: batch.lengths).mean()
  }

  /// The best tags of each sentence.
  func decode(_ emissions: Tensor, _ batch: TaggerBatch) -> [[Int32]] {
    if let field { return field.decode(emissions, lengths: batch.lengths).map(\.tags) }
    let largest = emissions.indicesOfLargest()
    return batch.lengths.enumerated().map { row, length in
      Array(largest[row * batch.time..<row * batch.time + Int(length)])
    }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try words.visitParameters(under: "words", visit)
    try characters?.visitParameters(under: "characters", visit)
    try stack.visitParameters(under: "rnn", visit)
    try output.visitParameters(under: "output", visit)
    try field?.visitParameters(under: "crf", visit)
  }
}
