import Tensors

/// A person and a model of sequence to sequence, in turn.
public struct Conversation {
  /// How answers are made.
  public struct Options: Sendable, Hashable {
    /// Above 0, answers are drawn, the bolder the higher it is; at 0 the likeliest is given.
    public var temperature: Float
    /// Hypotheses at temperature 0; with one, the answer comes word by word.
    public var beam: Int
    public var topK: Int
    public var topP: Float
    /// Tokens of an answer at most.
    public var length: Int
    /// Earlier questions with their answers that stand before a question when it is read.
    public var history: Int
    public var seed: UInt64

    public init(
      temperature: Float = 0, beam: Int = 1, topK: Int = 0, topP: Float = 1, length: Int = 100, history: Int = 0,
      seed: UInt64 = 1
    ) {
      self.temperature = temperature
      self.beam = beam
      self.topK = topK
      self.topP = topP
      self.length = length
      self.history = history
      self.seed = seed
    }
  }

  public var options: Options
  /// What was said so far.
  public private(set) var turns: [(question: String, answer: String)] = []
  private let translator: Translator
  private let constraint: TokenConstraint?

  public init(_ translator: Translator, _ options: Options = Options(), constraint: TokenConstraint? = nil) {
    (self.translator, self.options, self.constraint) = (translator, options, constraint)
  }

  /// Forgets what was said.
  public mutating func reset() { turns = [] }

  /// Answers a question.
  ///
  /// - Parameter emit: takes pieces of the answer as they come; returns false to end it.
  /// - Throws: what `Translator.translate` throws, or `emit`.
  @discardableResult
  public mutating func answer(_ question: String, emit: (String) throws -> Bool) throws -> String {
    let text = try context(question)
    let answer: String
    if options.temperature == 0 && options.beam > 1 {
      let search = SearchOptions(beam: options.beam, length: options.length)
      answer = try translator.translate([text], search, constraint: constraint)[0][0].text
      _ = try emit(answer)
    } else {
      answer = try drawn(text, emit)
    }
    turns.append((question, answer))
    return answer
  }

  /// The question after as many of the turns before it as there is room for.
  private func context(_ question: String) throws -> String {
    var earlier = Array(turns.suffix(options.history))
    let encoder = translator.encoder
    while true {
      let text = (earlier.flatMap { [$0.question, $0.answer] } + [question]).joined(separator: " ")
      let tokens = try encoder.source.encode(Array(encoder.reading.source(text).utf8))
      if earlier.isEmpty || tokens.count <= encoder.reading.maximumLength { return text }
      earlier.removeFirst()
    }
  }

  /// An answer token by token.
  private func drawn(_ text: String, _ emit: (String) throws -> Bool) throws -> String {
    if let constraint, constraint.distance(constraint.start) > options.length {
      throw ConstraintError.tooLong(least: constraint.distance(constraint.start), most: options.length)
    }
    let source = try translator.encoder.source(text)
    let c = translator.model.configuration
    var session = translator.session([source])
    var sampler = Sampler(
      SamplingOptions(
        temperature: options.temperature, topK: options.topK, topP: options.topP,
        seed: options.seed &+ UInt64(turns.count)),
      vocabulary: c.targetVocabulary + source.words.count, forbidden: translator.forbidden)
    var output = translator.encoder.outputText(source.words)
    var state = constraint?.start
    var (token, answer) = (c.targetStart, "")
    for length in 0..<options.length {
      let (logProbabilities, _) = session.step(tokens: [token], parents: [0])
      let moves = state.flatMap { state in
        constraint?.moves(from: state).filter { constraint?.distance($0.state) ?? 0 < options.length - length }
      }
      var allowed = moves?.map(\.token)
      if let state, constraint?.accepts(state) == true { allowed?.append(c.targetEnd) }
      token = logProbabilities.withUnsafePointer { sampler.sample($0, allowed: allowed) }
      if token == c.targetEnd { break }
      state = moves?.first { $0.token == token }?.state
      let piece = output.text(token)
      answer += piece
      if try !piece.isEmpty && !emit(piece) { return answer }
    }
    let rest = output.finish()
    if !rest.isEmpty { _ = try emit(rest) }
    return answer + rest
  }
}
