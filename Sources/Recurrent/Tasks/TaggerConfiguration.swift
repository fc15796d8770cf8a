/// What stands on top of a tagger.
public enum TaggerOutput: String, Sendable, Hashable, Codable, CaseIterable {
  /// A conditional random field: the best sequence of tags that the scheme allows.
  case crf
  /// Each token's tag by itself.
  case softmax
}

/// The shape of a tagger.
public struct TaggerConfiguration: Sendable, Hashable, Codable {
  /// Rows of the table of words; the first is the unknown word.
  public var words: Int
  /// Rows of the table of characters; the first is the unknown character.
  public var characters: Int
  public var tags: Int
  /// Features of a word's vector.
  public var embedding: Int
  /// Features of a character's vector; 0 for no characters.
  public var characterEmbedding: Int
  /// Units of each direction of the layer that reads the characters of a word.
  public var characterHidden: Int
  public var cell: CellKind
  /// Units of each layer and direction.
  public var hidden: Int
  public var layers: Int
  /// The probability of zero, on the words' vectors, between layers and before the output layer.
  public var dropout: Float
  /// One dropout mask for all tokens of a sentence.
  public var lockedDropout: Bool
  /// The probability p with which a word that training has once becomes the unknown word; one that it has n times, with
  /// p / (p + n (1 - p)) (Kiperwasser and Goldberg 2016). So the unknown word is learned, and common words stay.
  public var wordDropout: Float
  public var output: TaggerOutput

  public init(
    words: Int, characters: Int, tags: Int, embedding: Int = 100, characterEmbedding: Int = 25,
    characterHidden: Int = 25, cell: CellKind = .lstm, hidden: Int = 100, layers: Int = 1, dropout: Float = 0.5,
    lockedDropout: Bool = false, wordDropout: Float = 0.5, output: TaggerOutput = .crf
  ) {
    self.words = words
    self.characters = characters
    self.tags = tags
    self.embedding = embedding
    self.characterEmbedding = characterEmbedding
    self.characterHidden = characterHidden
    self.cell = cell
    self.hidden = hidden
    self.layers = layers
    self.dropout = dropout
    self.lockedDropout = lockedDropout
    self.wordDropout = wordDropout
    self.output = output
  }

  /// What is wrong with a shape that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    let most = 1 << 20
    for (count, name) in [(words, "words"), (characters, "characters"), (tags, "tags")]
    where !(1...(1 << 28)).contains(count) {
      return "\(count) \(name)"
    }
    if tags > 1 << 12 { return "\(tags) tags, of which there can be \(1 << 12)" }
    if !(1...most).contains(embedding) { return "an embedding of \(embedding) features" }
    if !(0...most).contains(characterEmbedding) { return "a character embedding of \(characterEmbedding) features" }
    if characterEmbedding > 0 && !(1...most).contains(characterHidden) {
      return "\(characterHidden) hidden units for characters"
    }
    if !(1...most).contains(hidden) { return "\(hidden) hidden units" }
    if !(1...1000).contains(layers) { return "\(layers) layers" }
    if !(dropout >= 0 && dropout < 1) { return "dropout \(dropout), which is not from 0 to below 1" }
    if !(wordDropout >= 0 && wordDropout < 1) { return "word dropout \(wordDropout), which is not from 0 to below 1" }
    return nil
  }

  /// Features of a word with its characters.
  var inputSize: Int { embedding + (characterEmbedding > 0 ? 2 * characterHidden : 0) }

  /// The number of parameters, without making them. What has no `flaw` does not overflow.
  var parameterCount: Int {
    func layer(_ input: Int, _ hidden: Int) -> Int { 2 * cell.cell.gates * hidden * (input + hidden + 2) }
    var parts = [words * embedding, layer(inputSize, hidden), (layers - 1) * layer(2 * hidden, hidden)]
    parts.append(tags * (2 * hidden + 1))
    if characterEmbedding > 0 {
      parts += [characters * characterEmbedding, layer(characterEmbedding, characterHidden)]
    }
    if output == .crf { parts.append(tags * (tags + 2)) }
    return parts.reduce(0, +)
  }
}
