/// How a tokenizer is made from a corpus.
public struct TokenizerOptions: Sendable, Hashable {
  public var kind: Tokenizer.Kind
  /// Words that occur less often become the unknown token.
  public var minimumCount: Int
  /// Most tokens of a word vocabulary, and the size of a byte-pair vocabulary; nil for all words, and 1,024.
  public var size: Int?

  public init(_ kind: Tokenizer.Kind = .character, minimumCount: Int = 1, size: Int? = nil) {
    self.kind = kind
    self.minimumCount = minimumCount
    self.size = size
  }
}

extension Tokenizer {
  /// Makes a tokenizer from a corpus.
  /// - Parameter progress: is told the bytes read so far.
  public init(_ options: TokenizerOptions, corpus: Corpus, progress: (Int) -> Void = { _ in }) throws {
    switch options.kind {
    case .byte: self = .byte
    case .character: self = .character(try CharacterVocabulary.build(corpus, progress: progress))
    case .word:
      self = .word(
        try WordVocabulary.build(
          corpus, minimumCount: options.minimumCount, most: (options.size ?? .max) - 2, progress: progress))
    case .bpe:
      self = .bpe(try BytePairVocabulary.build(corpus, size: options.size ?? 1024, progress: progress))
    }
  }

  /// Encodes all files of a corpus, one after another.
  ///
  /// - Parameters:
  ///   - progress: is told the bytes read so far.
  ///   - sink: takes the tokens as they come.
  /// - Returns: how often the unknown token was given.
  @discardableResult
  public func encode(
    _ corpus: Corpus, progress: (Int) -> Void = { _ in }, sink: ([Int32]) throws -> Void
  ) throws -> Int {
    var encoder = encoder()
    var ids: [Int32] = []
    var (current, done, unknown) = (0, 0, 0)
    func named(_ work: () throws -> Void) throws {
      do { try work() } catch let error as ScalarDecoder.Invalid {
        throw CorpusError.notUTF8(path: corpus.name(current), offset: error.offset, byte: error.byte)
      }
    }
    func endFile() throws {
      try named { try encoder.finish(into: &ids) }
      unknown += encoder.unknownCount
      encoder = self.encoder()
    }
    try corpus.forEachChunk { file, bytes in
      if file != current { try endFile() }
      current = file
      try named { try encoder.encode(bytes, into: &ids) }
      try sink(ids)
      ids.removeAll(keepingCapacity: true)
      done += bytes.count
      progress(done)
    }
    try endFile()
    try sink(ids)
    return unknown
  }
}
