/// The shape of a model that reads one sequence and writes another, and how its parameters start.
public struct EncoderDecoderConfiguration: Sendable, Hashable, Codable {
  /// Tokens of what is read and of what is written. Each side has two more, for the end and the start of a sequence.
  public var sourceTokens: Int
  public var targetTokens: Int
  /// Both sides have the same tokens and share one table of vectors.
  public var shared: Bool
  /// Features of the vectors of tokens.
  public var embedding: Int
  public var encoderCell: CellKind
  /// Units of each layer and direction.
  public var encoderHidden: Int
  public var encoderLayers: Int
  public var bidirectional: Bool
  public var decoderCell: CellKind
  public var decoderHidden: Int
  public var decoderLayers: Int
  /// Nil for a decoder that knows of the source what its first state holds, and nothing else (Sutskever et al. 2014).
  public var attention: Attention.Method?
  /// The decoder reads, beside each token, what it was about to say at the step before (Luong et al. 2015).
  public var inputFeeding: Bool
  /// See `CopyMechanism`.
  public var copying: Bool
  /// The probability of zero, on input vectors, between layers and before the output layer.
  public var dropout: Float
  public var initialisation: Initialisation

  public init(
    sourceTokens: Int, targetTokens: Int, shared: Bool = false, embedding: Int = 128, encoderCell: CellKind = .lstm,
    encoderHidden: Int = 128, encoderLayers: Int = 1, bidirectional: Bool = true, decoderCell: CellKind = .lstm,
    decoderHidden: Int = 256, decoderLayers: Int = 1, attention: Attention.Method? = .general,
    inputFeeding: Bool = false, copying: Bool = false, dropout: Float = 0.2, initialisation: Initialisation = .pytorch
  ) {
    self.sourceTokens = sourceTokens
    self.targetTokens = targetTokens
    self.shared = shared
    self.embedding = embedding
    self.encoderCell = encoderCell
    self.encoderHidden = encoderHidden
    self.encoderLayers = encoderLayers
    self.bidirectional = bidirectional
    self.decoderCell = decoderCell
    self.decoderHidden = decoderHidden
    self.decoderLayers = decoderLayers
    self.attention = attention
    self.inputFeeding = inputFeeding
    self.copying = copying
    self.dropout = dropout
    self.initialisation = initialisation
  }

  /// The token after the last one of every source.
  public var sourceEnd: Int32 { Int32(sourceTokens) }
  /// The token after the last one of every target.
  public var targetEnd: Int32 { Int32(targetTokens) }
  /// What the decoder reads before the first token.
  public var targetStart: Int32 { Int32(targetTokens + 1) }
  /// Rows of the tables of vectors.
  var sourceVocabulary: Int { sourceTokens + 2 }
  var targetVocabulary: Int { targetTokens + 2 }
  /// Features of an encoded step.
  var memory: Int { encoderHidden * (bidirectional ? 2 : 1) }
  /// Features of what the decoder reads at a step.
  var decoderInput: Int { embedding + (inputFeeding ? decoderHidden : 0) }

  var encoderSide: Bridge.Side {
    Bridge.Side(cell: encoderCell, hidden: encoderHidden, layers: encoderLayers, bidirectional: bidirectional)
  }
  var decoderSide: Bridge.Side { Bridge.Side(cell: decoderCell, hidden: decoderHidden, layers: decoderLayers) }

  /// What is wrong with a shape that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    let most = 1 << 20
    for tokens in [sourceTokens, targetTokens] where !(1...(1 << 28)).contains(tokens) {
      return "a vocabulary of \(tokens)"
    }
    if shared && sourceTokens != targetTokens {
      return "a shared vocabulary of \(sourceTokens) tokens on one side and \(targetTokens) on the other"
    }
    if !(1...most).contains(embedding) { return "vectors of \(embedding) features" }
    for hidden in [encoderHidden, decoderHidden] where !(1...most).contains(hidden) { return "\(hidden) hidden units" }
    for layers in [encoderLayers, decoderLayers] where !(1...1000).contains(layers) { return "\(layers) layers" }
    if !(dropout >= 0 && dropout < 1) { return "dropout \(dropout), which is not from 0 to below 1" }
    if attention == .dot && memory != decoderHidden {
      return "dot attention of a decoder of \(decoderHidden) units to an encoder of \(memory), which must be as many; "
        + "general attention takes any"
    }
    if attention == nil && inputFeeding { return "input feeding without attention" }
    if attention == nil && copying { return "copying without attention" }
    return nil
  }
}
