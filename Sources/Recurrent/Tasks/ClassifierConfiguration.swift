/// What a classifier is: what it reads, its shape, and the classes that it tells apart.
public struct ClassifierConfiguration: Sendable, Hashable, Codable {
  public enum Input: Sendable, Hashable, Codable {
    /// Token ids, each with a vector of so many features.
    case tokens(vocabulary: Int, embedding: Int)
    /// Vectors, one a step.
    case vectors(features: Int)
  }

  public var input: Input
  /// The names of the classes.
  public var labels: [String]
  /// A sequence may have any number of labels, each a question of its own; otherwise it has exactly one.
  public var multiLabel: Bool
  public var cell: CellKind
  public var hidden: Int
  public var layers: Int
  public var bidirectional: Bool
  public var pooling: SequencePooling.Method
  /// The probability of zero, on input vectors, between layers and before the output layer.
  public var dropout: Float
  /// The probability with which a token becomes the unknown token in training (Iyyer et al. 2015).
  public var tokenDropout: Float
  public var initialisation: Initialisation
  /// The pooled vectors are standardised by what they were before training: for a stack that comes from a language model.
  public var standardised: Bool

  public init(
    input: Input, labels: [String], multiLabel: Bool = false, cell: CellKind = .lstm, hidden: Int = 128,
    layers: Int = 1, bidirectional: Bool = true, pooling: SequencePooling.Method = .max, dropout: Float = 0.5,
    tokenDropout: Float = 0, initialisation: Initialisation = .standard, standardised: Bool = false
  ) {
    self.input = input
    self.labels = labels
    self.multiLabel = multiLabel
    self.cell = cell
    self.hidden = hidden
    self.layers = layers
    self.bidirectional = bidirectional
    self.pooling = pooling
    self.dropout = dropout
    self.tokenDropout = tokenDropout
    self.initialisation = initialisation
    self.standardised = standardised
  }

  /// Features of the vectors that the stack reads.
  public var features: Int {
    switch input {
    case .tokens(_, let embedding): embedding
    case .vectors(let features): features
    }
  }

  /// What is wrong with a shape that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    let most = 1 << 20
    if case .tokens(let vocabulary, _) = input, !(1...(1 << 28)).contains(vocabulary) {
      return "a vocabulary of \(vocabulary)"
    }
    if !(1...most).contains(features) { return "input vectors of \(features) features" }
    if !(1...most).contains(hidden) { return "\(hidden) hidden units" }
    if !(1...1000).contains(layers) { return "\(layers) layers" }
    for rate in [dropout, tokenDropout] where !(rate >= 0 && rate < 1) {
      return "dropout \(rate), which is not from 0 to below 1"
    }
    if labels.count < (multiLabel ? 1 : 2) || labels.count > most { return "\(labels.count) classes" }
    if Set(labels).count < labels.count { return "a class that is there twice" }
    return nil
  }
}
