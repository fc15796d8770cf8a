import Tensors

/// The likeliest lines of a language model, by beam search.
public struct LineSearch {
  public struct Line: Sendable, Hashable {
    public var text: String
    /// The log-probability, with the length normalised.
    public var score: Double
    public var logProbability: Double
  }

  private let model: LanguageModel
  private let tokenizer: Tokenizer

  public init(_ model: LanguageModel, _ tokenizer: Tokenizer) { (self.model, self.tokenizer) = (model, tokenizer) }

  /// The best ways to go on from a prompt to the end of the line, which is not given.
  ///
  /// - Throws: `CorpusError.unknownCharacter` for a prompt that the model cannot read, `ConstraintError`.
  public func lines(
    prompt: String, _ options: SearchOptions, constraint: TokenConstraint? = nil
  ) throws -> [Line] {
    if let constraint, constraint.distance(constraint.start) > options.length {
      throw ConstraintError.tooLong(least: constraint.distance(constraint.start), most: options.length)
    }
    if constraint != nil && tokenizer.lineEnd == nil { throw ConstraintError.noLineEnd }
    var given = try tokenizer.encode(prompt: prompt)
    var decoder = TokenDecoder(tokenizer)
    if given.isEmpty { given = [tokenizer.lineEnd ?? 0] }
    for token in given { _ = decoder.text(token) }
    // Without a token for the end of a line, lines end where there is no more room.
    let search = BeamSearch(
      options, start: given[given.count - 1], end: tokenizer.lineEnd ?? -1,
      forbidden: tokenizer.unknown.map { [$0] } ?? [], constraint: constraint)
    var session = LanguageModelSession(model, read: Array(given.dropLast()))
    return search.run(&session, sources: 1)[0].map { hypothesis in
      var own = decoder
      let text = hypothesis.tokens.map { own.text($0) }.joined() + own.finish()
      return Line(text: text, score: hypothesis.score, logProbability: hypothesis.logProbability)
    }
  }
}

/// A language model that goes on from one text in several ways.
private struct LanguageModelSession: SearchSession {
  private let model: LanguageModel
  private var state: RecurrentState

  init(_ model: LanguageModel, read tokens: [Int32]) {
    var model = model
    model.stack.prepare()
    self.model = model
    state = model.zeroState(batch: 1)
    if !tokens.isEmpty { state = model.hidden(tokens, batch: 1, time: tokens.count, state: state).state }
  }

  mutating func step(
    tokens: [Int32], parents: [Int32]
  ) -> (logProbabilities: Tensor, attention: Tensor?) {
    let rows = tokens.count
    let before = RecurrentState(layers: state.layers.map { $0.map { $0.gather(parents, shape: [rows]) } })
    let (hidden, next) = model.hidden(tokens, batch: rows, time: 1, state: before)
    state = next
    let logits = model.logits(hidden)
    let all = model.adaptiveSoftmax == nil ? logits.logSoftmax() : logits
    return (all.reshaped([rows, model.configuration.vocabulary]), nil)
  }

  mutating func keep(_ sources: [Int]) {}
}
