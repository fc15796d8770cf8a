import Tensors

/// Text from a language model, as it comes.
public struct TextGenerator {
  private let stream: LanguageModelStream
  private let tokenizer: Tokenizer
  private var sampler: Sampler
  private var cache: NeuralCache?
  private let mixed: Buffer
  private var started = false

  /// - Parameters:
  ///   - weights: the format of the weights that are multiplied.
  ///   - cache: of the text so far, which changes what is likely next; nil for none.
  public init(
    _ model: LanguageModel, _ tokenizer: Tokenizer, _ options: SamplingOptions, weights: WeightFormat = .float32,
    cache: NeuralCacheOptions? = nil
  ) {
    stream = LanguageModelStream(model, format: weights)
    self.cache = cache.map { NeuralCache($0, hidden: model.configuration.outputs) }
    mixed = Buffer(count: tokenizer.count)
    self.tokenizer = tokenizer
    sampler = Sampler(
      options, vocabulary: tokenizer.count, forbidden: tokenizer.unknown.map { [$0] } ?? [])
  }

  /// Continues a prompt.
  ///
  /// - Parameters:
  ///   - prompt: read by the model first; without one, it starts as at the beginning of a line.
  ///   - length: tokens to generate at most.
  ///   - stops: strings before which the text ends.
  ///   - constraint: what the text must be like, from the prompt's end to its own. It ends where nothing more may follow or
  ///     where, the text being complete, the model ends the line. Nil for anything.
  ///   - emit: takes pieces of whole UTF-8; returns false to end.
  /// - Throws: `CorpusError.unknownCharacter` for a prompt that the model cannot read, `ConstraintError.tooLong`.
  public mutating func generate(
    prompt: String, length: Int, stops: [String], constraint: TokenConstraint? = nil, emit: (String) throws -> Bool
  ) throws {
    var decoder = TokenDecoder(tokenizer)
    var given = try tokenizer.encode(prompt: prompt)
    if given.isEmpty {
      given = [tokenizer.lineEnd ?? 0]
      _ = decoder.text(given[0])
    } else {
      for token in given { _ = decoder.text(token) }
    }
    for token in given { read(token) }
    var held = HeldText(stops: stops)
    var state = constraint?.start
    if let constraint, constraint.distance(constraint.start) > length {
      throw ConstraintError.tooLong(least: constraint.distance(constraint.start), most: length)
    }
    for count in 0..<length {
      var allowed: [Int32]?
      if let constraint, let state {
        allowed = constraint.moves(from: state).filter { constraint.distance($0.state) < length - count }.map(\.token)
        if allowed == [] { break }
        if constraint.accepts(state), let end = tokenizer.lineEnd, allowed?.contains(end) == false {
          allowed?.append(end)
        }
      }
      let token = sampler.sample(logits(), allowed: allowed)
      if let constraint, let before = state {
        state = constraint.moves(from: before).first { $0.token == token }?.state
        if state == nil { break }
      }
      let ready = held.add(decoder.text(token))
      if !ready.isEmpty, try !emit(ready) { return }
      if held.stopped { return }
      read(token)
    }
    let rest = held.add(decoder.finish()) + held.finish()
    if !rest.isEmpty { _ = try emit(rest) }
  }

  private mutating func read(_ token: Int32) {
    if started { cache?.add(stream.hidden, token) }
    started = true
    sampler.observe(token)
    stream.step(token)
  }

  /// What the next token is drawn from.
  private mutating func logits() -> UnsafePointer<Float> {
    guard cache != nil else { return stream.logits }
    mixed.pointer.update(from: stream.logits, count: stream.vocabulary)
    cache?.mix(mixed.pointer, count: stream.vocabulary, after: stream.hidden)
    return UnsafePointer(mixed.pointer)
  }
}

/// Text held back as long as it may be the beginning of a stop string.
private struct HeldText {
  let stops: [[UInt8]]
  private var held: [UInt8] = []
  private(set) var stopped = false

  init(stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

  /// What can be shown once `text` has come.
  mutating func add(_ text: String) -> String {
    guard !stopped else { return "" }
    held += text.utf8
    for end in held.indices {
      for stop in stops where held[...end].suffix(stop.count).elementsEqual(stop) {
        stopped = true
        let shown = held[..<(end + 1 - stop.count)]
        held = []
        return String(decoding: shown, as: UTF8.self)
      }
    }
    // The longest end of the text that begins a stop string.
    let most = min(held.count, (stops.map(\.count).max() ?? 1) - 1)
    let kept = (0...most).last { count in stops.contains { $0.starts(with: held.suffix(count)) } } ?? 0
    let shown = held.prefix(held.count - (stops.isEmpty ? 0 : kept))
    held.removeFirst(shown.count)
    return String(decoding: shown, as: UTF8.self)
  }

  mutating func finish() -> String {
    defer { held = [] }
    return stopped ? "" : String(decoding: held, as: UTF8.self)
  }
}
