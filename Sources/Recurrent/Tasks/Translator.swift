import Tensors

/// One of the outputs for a text.
public struct Translation: Sendable, Hashable {
  public var text: String
  /// By which outputs are compared, see `SearchOptions`.
  public var score: Double
  /// The natural logarithm of the probability that the model gives to this output.
  public var logProbability: Double
  /// False where the output was cut at the greatest length.
  public var finished: Bool
  /// The tokens of the output as text.
  public var tokens: [String]
  /// For each token, and the end, how much each of `sourceTokens` counted; empty without attention.
  public var attention: [[Float]]
  /// The tokens of the source as text, and its end.
  public var sourceTokens: [String]

  public init(
    text: String, score: Double, logProbability: Double, finished: Bool, tokens: [String], attention: [[Float]] = [],
    sourceTokens: [String] = []
  ) {
    (self.text, self.score, self.logProbability, self.finished) = (text, score, logProbability, finished)
    (self.tokens, self.attention, self.sourceTokens) = (tokens, attention, sourceTokens)
  }
}

/// A trained encoder and decoder with its vocabularies: texts in, texts out.
public struct Translator: Sendable {
  public let model: EncoderDecoder
  public let encoder: PairEncoder
  private let projection: PackedLinear

  /// Rows of the decoder side by side.
  private static let rows = 320

  public init(_ model: EncoderDecoder, _ encoder: PairEncoder) {
    var model = model
    projection = PackedLinear(model.output)
    model.encoder.prepare()
    model.decoder.prepare()
    self.model = model
    self.encoder = encoder
  }

  /// Tokens that are never written.
  var forbidden: [Int32] {
    let others = [encoder.target.unknown, encoder.reading.multiline ? nil : encoder.target.lineEnd]
    return [model.configuration.targetStart] + others.compactMap(\.self)
  }

  func session(_ sources: [PairEncoder.Source]) -> EncoderDecoderSession {
    EncoderDecoderSession(model, projection, sources, unknown: encoder.target.unknown ?? 0)
  }

  /// The best outputs for each text, best first. Texts are taken in batches of similar length, which has no influence on
  /// the bits of the result.
  ///
  /// - Parameters:
  ///   - constraint: what an output must be like, made with the target's tokenizer; nil for anything.
  ///   - keepsAttention: gives `attention`, if the model has any.
  ///   - progress: is told how many texts are done.
  /// - Throws: `TranslatorError`, `ConstraintError.tooLong`.
  public func translate(
    _ texts: [String], _ options: SearchOptions = SearchOptions(), constraint: TokenConstraint? = nil,
    keepsAttention: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws -> [[Translation]] {
    if let flaw = options.flaw { throw TranslatorError.options(flaw) }
    if let constraint, constraint.distance(constraint.start) > options.length {
      throw ConstraintError.tooLong(least: constraint.distance(constraint.start), most: options.length)
    }
    let sources = try texts.map { try encoder.source($0) }
    let search = BeamSearch(
      options, start: model.configuration.targetStart, end: model.configuration.targetEnd, forbidden: forbidden,
      constraint: constraint, keepsAttention: keepsAttention)
    var results = [[Translation]](repeating: [], count: texts.count)
    var done = 0
    for batch in LengthBatches.sorted(
      lengths: sources.map(\.tokens.count), size: max(1, Self.rows / options.beam))
    {
      var session = session(batch.map { sources[$0] })
      for (index, hypotheses) in zip(batch, search.run(&session, sources: batch.count)) {
        // Something always ends, or is cut, unless the numbers are none.
        if hypotheses.isEmpty { throw TranslatorError.notFinite }
        let own = keepsAttention ? encoder.sourcePieces(texts[index]) : []
        results[index] = hypotheses.map { translation($0, sources[index], own) }
      }
      done += batch.count
      progress(done)
    }
    return results
  }

  private func translation(
    _ hypothesis: Hypothesis, _ source: PairEncoder.Source, _ sourceTokens: [String]
  ) -> Translation {
    Translation(
      text: encoder.text(hypothesis.tokens, source.words), score: hypothesis.score,
      logProbability: hypothesis.logProbability, finished: hypothesis.finished,
      tokens: encoder.pieces(hypothesis.tokens, source.words),
      attention: hypothesis.attention.map { Array($0.prefix(source.tokens.count + 1)) }, sourceTokens: sourceTokens)
  }
}

extension PairEncoder {
  /// The tokens of a source as text, and its end.
  func sourcePieces(_ text: String) -> [String] {
    source.pieces(reading.source(text)).prefix(reading.maximumLength) + ["</s>"]
  }
}

/// Why there is no output.
public enum TranslatorError: Error, Equatable, CustomStringConvertible {
  case options(String)
  case notFinite
  case noAttention

  public var description: String {
    switch self {
    case .options(let flaw): "the options ask for \(flaw)"
    case .notFinite:
      "the model gives scores that are no numbers, or the options leave no output possible; ask for less, or train anew"
    case .noAttention: "this model has no attention to show; train one with --attention general"
    }
  }
}
