/// The shape of a language model, and how its parameters start.
public struct LanguageModelConfiguration: Sendable, Hashable, Codable {
  /// The number of tokens.
  public var vocabulary: Int
  /// Features of the input vectors; 0 for one-hot input.
  public var embedding: Int
  public var cell: CellKind
  public var hidden: Int
  public var layers: Int
  /// The probability of zero, on input vectors, between layers and before the output layer.
  public var dropout: Float
  /// One dropout mask for all steps of a sequence.
  public var lockedDropout: Bool
  /// The output layer's weight is the embedding's (Press and Wolf 2016); `embedding` equals `hidden`.
  public var tied: Bool
  /// The output layer; full where `config.json` says nothing of it.
  public var softmax: Softmax
  public var initialisation: Initialisation
  /// Added to the forget gate's bias of LSTM layers at the start.
  public var forgetBias: Float
  /// What the model is told beside the text, at every step; nil for nothing.
  public var condition: TextCondition?
  /// What recurrent layers do beside their cell; nil for nothing.
  public var layer: LayerOptions?

  /// Features of the last layer's output.
  public var outputs: Int { layer?.projection ?? hidden }

  /// True if training draws random numbers.
  var isRandomInTraining: Bool { dropout > 0 || layer.map { $0.zones || $0.weightDrop > 0 } ?? false }

  public init(
    vocabulary: Int, embedding: Int = 0, cell: CellKind = .lstm, hidden: Int = 128, layers: Int = 1,
    dropout: Float = 0, lockedDropout: Bool = false, tied: Bool = false, softmax: Softmax = .full,
    initialisation: Initialisation = .standard, forgetBias: Float = 0,
    condition: TextCondition? = nil, layer: LayerOptions? = nil
  ) {
    self.vocabulary = vocabulary
    self.embedding = embedding
    self.cell = cell
    self.hidden = hidden
    self.layers = layers
    self.dropout = dropout
    self.lockedDropout = lockedDropout
    self.tied = tied
    self.softmax = softmax
    self.initialisation = initialisation
    self.forgetBias = forgetBias
    self.condition = condition
    self.layer = layer
  }
}

// What the compiler writes for the decoding of a configuration calls this for its softmax.
extension KeyedDecodingContainer {
  func decode(_: Softmax.Type, forKey key: Key) throws -> Softmax {
    try decodeIfPresent(Softmax.self, forKey: key) ?? .full
  }
}
