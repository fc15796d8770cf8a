import Tensors

/// How the best outputs are looked for.
public struct SearchOptions: Sendable, Hashable, Codable {
  /// Hypotheses that are kept at each step; 1 takes the likeliest token always.
  public var beam: Int
  /// Outputs that are given; at most `beam`.
  public var best: Int
  /// Tokens of an output at most, its end not counted.
  public var length: Int
  /// The exponent a of the length normalisation: log p is divided by ((5 + tokens) / 6)^a, the end counted (Wu et al.
  /// 2016). 0 leaves log p as it is, which is in favour of short outputs.
  public var lengthPenalty: Double
  /// The weight b of the coverage penalty (Wu et al. 2016): b times the sum over the steps of the source of log(min(1, the
  /// attention that the whole output paid it)) is added. 0 for none.
  public var coveragePenalty: Double
  /// No n tokens in a row occur twice in an output; 0 for no such rule.
  public var blockedNGram: Int

  public init(
    beam: Int = 5, best: Int = 1, length: Int = 100, lengthPenalty: Double = 1, coveragePenalty: Double = 0,
    blockedNGram: Int = 0
  ) {
    (self.beam, self.best, self.length) = (beam, best, length)
    (self.lengthPenalty, self.coveragePenalty, self.blockedNGram) = (lengthPenalty, coveragePenalty, blockedNGram)
  }

  /// What is wrong with it; nil if nothing is.
  public var flaw: String? {
    if !(1...10_000).contains(beam) { return "a beam of \(beam), which is not from 1 to 10,000" }
    if !(1...beam).contains(best) { return "the \(best) best of a beam of \(beam)" }
    if !(0...1_000_000).contains(length) { return "outputs of \(length) tokens" }
    if !lengthPenalty.isFinite || !coveragePenalty.isFinite || coveragePenalty < 0 || lengthPenalty < 0 {
      return "a penalty that is below 0 or no number"
    }
    if blockedNGram < 0 { return "blocked sequences of \(blockedNGram) tokens" }
    return nil
  }

  /// What a sum of log-probabilities of so many tokens, the end counted, is divided by.
  func normalisation(tokens: Int) -> Double { Double.power((5 + Double(tokens)) / 6, lengthPenalty) }
}

/// An output, and how good it is.
public struct Hypothesis: Sendable, Hashable {
  /// Without the end.
  public var tokens: [Int32]
  /// The sum of the logarithms of the probabilities of the tokens and of the end.
  public var logProbability: Double
  /// By which hypotheses are compared: log p with the penalties.
  public var score: Double
  /// False where it was cut at the greatest length.
  public var finished: Bool
  /// For each token, and the end, how much each step of the source counted; empty where nobody asked.
  public var attention: [[Float]]
}

/// What search asks of a model that writes token by token: some sources, each with as many hypotheses as the others.
public protocol SearchSession {
  /// Reads one token for each hypothesis.
  ///
  /// - Parameters:
  ///   - tokens: row-major `[sources, hypotheses]`.
  ///   - parents: for each of them, which hypothesis of the same source, of those of the step before, it goes on from.
  /// - Returns: the log-probabilities of the next token `[sources * hypotheses, tokens]`, and the attention that was paid in
  ///   making them `[sources * hypotheses, time]`, if any is.
  mutating func step(tokens: [Int32], parents: [Int32]) -> (logProbabilities: Tensor, attention: Tensor?)
  /// Goes on with some of the sources alone.
  mutating func keep(_ sources: [Int])
}
