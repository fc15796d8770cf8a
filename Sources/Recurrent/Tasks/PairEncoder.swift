/// From the texts of a user's file to what an encoder and a decoder read.
public struct PairReading: Sendable, Hashable, Codable {
  /// Of each side, before a text is cut into tokens.
  public var source: TextNormalisation
  public var target: TextNormalisation
  /// Most tokens of either side: longer sources are cut, pairs with more are not trained on.
  public var maximumLength: Int
  /// Where pairs stood in the training file, and so do in others unless one says otherwise.
  public var columns: PairColumns
  /// Targets may have several lines; otherwise no output has an end of a line.
  public var multiline: Bool

  public init(
    source: TextNormalisation = .none, target: TextNormalisation = .none, maximumLength: Int = 200,
    columns: PairColumns = PairColumns(), multiline: Bool = false
  ) {
    (self.source, self.target, self.maximumLength, self.columns) = (source, target, maximumLength, columns)
    self.multiline = multiline
  }
}

/// Texts to tokens and back, on both sides of a model.
public struct PairEncoder: Sendable {
  public let reading: PairReading
  public let source: Tokenizer
  public let target: Tokenizer
  /// What each token of the source is as a target, -1 for none; nil where nothing is copied.
  private let copyTable: [Int32]?

  /// A source, and what can be copied of it.
  struct Source {
    var tokens: [Int32]
    /// It had more.
    var isCut = false
    /// What each token is as a target; empty where nothing is copied.
    var copies: [Int32] = []
    /// Words that the target's vocabulary does not have: their ids begin where it ends.
    var words: [String] = []
  }

  /// - Parameters:
  ///   - target: nil where both sides have the same tokenizer.
  ///   - copying: tokens of the source can be taken over.
  public init(_ reading: PairReading, source: Tokenizer, target: Tokenizer? = nil, copying: Bool = false) {
    self.reading = reading
    self.source = source
    self.target = target ?? source
    guard copying else {
      copyTable = nil
      return
    }
    let written = self.target
    var ids: [[UInt8]: Int32] = [:]
    for id in 0..<Int32(written.count) where id != written.unknown {
      ids[written.bytes(id)] = ids[written.bytes(id)] ?? id
    }
    copyTable = (0..<Int32(source.count)).map { $0 == source.unknown ? -1 : ids[source.bytes($0)] ?? -1 }
  }

  /// Where the ids of words begin that the vocabulary does not have; two ids are the end and the start.
  private var firstWord: Int32 { Int32(target.count) + 2 }

  func source(_ text: String) throws -> Source {
    let text = reading.source(text)
    let all = try source.encode(Array(text.utf8))
    let tokens = Array(all.prefix(reading.maximumLength))
    var result = Source(tokens: tokens, isCut: all.count > tokens.count)
    guard let copyTable else { return result }
    var numbers: [String: Int32] = [:]
    for (token, piece) in zip(tokens, source.pieces(text)) {
      let known = copyTable[Int(token)]
      if known >= 0 {
        result.copies.append(known)
      } else if let number = numbers[piece] {
        result.copies.append(number)
      } else {
        numbers[piece] = firstWord + Int32(result.words.count)
        result.copies.append(firstWord + Int32(result.words.count))
        result.words.append(piece)
      }
    }
    return result
  }

  /// - Parameter source: the source of the same pair.
  func target(_ text: String, _ source: Source) throws -> [Int32] {
    let text = reading.target(text)
    let tokens = try target.encode(Array(text.utf8))
    guard !source.words.isEmpty, let unknown = target.unknown, tokens.contains(unknown) else { return tokens }
    let numbers = Dictionary(zip(source.words, firstWord...), uniquingKeysWith: { first, _ in first })
    return zip(tokens, target.pieces(text)).map { $0 == unknown ? numbers[$1] ?? $0 : $0 }
  }

  /// Pairs to train on, or to validate with; those with more tokens than `maximumLength` on a side are left out.
  ///
  /// - Returns: the pairs, and how many are left out.
  public func pairs(_ file: PairFile) throws -> (pairs: SequencePairs, omitted: Int) {
    var result = SequencePairs(sources: [], targets: [], copies: copyTable == nil ? nil : [])
    var omitted = 0
    for (index, text) in file.sources.enumerated() {
      let encoded = try source(text)
      let target = try target(file.targets?[index] ?? "", encoded)
      if encoded.isCut || target.count > reading.maximumLength {
        omitted += 1
        continue
      }
      result.sources.append(encoded.tokens)
      result.targets.append(target)
      result.copies?.append(encoded.copies)
    }
    return (result, omitted)
  }

  /// What tokens of the target look like, one by one.
  ///
  /// - Parameter words: of the source, see `Source`.
  func pieces(_ tokens: [Int32], _ words: [String]) -> [String] {
    tokens.map { token in
      token < firstWord
        ? String(decoding: target.bytes(token), as: UTF8.self) : words[Int(token - firstWord)]
    }
  }

  /// The text of tokens of the target.
  func text(_ tokens: [Int32], _ words: [String]) -> String {
    var output = OutputText(target, words: words, firstWord: firstWord)
    return tokens.map { output.text($0) }.joined() + output.finish()
  }

  /// What turns tokens into text as they come.
  func outputText(_ words: [String]) -> OutputText { OutputText(target, words: words, firstWord: firstWord) }
}

/// Tokens of a target, and words that are copied, as text.
struct OutputText {
  private var decoder: TokenDecoder
  private let tokenizer: Tokenizer
  private let words: [String]
  private let firstWord: Int32

  init(_ tokenizer: Tokenizer, words: [String], firstWord: Int32) {
    (self.tokenizer, self.words, self.firstWord) = (tokenizer, words, firstWord)
    decoder = TokenDecoder(tokenizer)
  }

  /// The text that a token completes.
  mutating func text(_ token: Int32) -> String {
    if token < firstWord { return decoder.text(token) }
    let word = words[Int(token - firstWord)]
    guard tokenizer.kind == .word, let unknown = tokenizer.unknown else { return decoder.finish() + word }
    // It stands where the unknown token would.
    return (decoder.text(unknown).hasPrefix(" ") ? " " : "") + word
  }

  /// What is left at the end.
  mutating func finish() -> String { decoder.finish() }
}
