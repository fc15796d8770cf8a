/// Turns a text that comes in pieces into tokens; where the pieces are cut makes no difference.
public struct TokenEncoder {
  private let tokenizer: Tokenizer
  private var decoder = ScalarDecoder()
  private var splitter = BytePairSplitter()
  private var merger: BytePairMerger?
  private var words = WordSplitter()
  /// How often the unknown token was given.
  public private(set) var unknownCount = 0

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    if case .bpe(let vocabulary) = tokenizer { merger = BytePairMerger(vocabulary) }
  }

  /// Appends the tokens that are complete.
  public mutating func encode(_ bytes: UnsafeRawBufferPointer, into ids: inout [Int32]) throws {
    switch tokenizer {
    case .byte:
      ids.reserveCapacity(ids.count + bytes.count)
      for byte in bytes { ids.append(Int32(byte)) }
    case .character(let vocabulary):
      var unknown = 0
      try decoder.decode(bytes) { scalar in
        let id = vocabulary.id(scalar)
        if id == nil { unknown += 1 }
        ids.append(id ?? 0)
      }
      unknownCount += unknown
    case .word(let vocabulary):
      try decoder.validate(bytes)
      var unknown = 0
      words.split(bytes) { unknown += Self.append($0, vocabulary, to: &ids) }
      unknownCount += unknown
    case .bpe:
      splitter.split(bytes) { merger?.encode($0, into: &ids) }
    }
  }

  /// Appends the tokens that only the end of the text completes.
  public mutating func finish(into ids: inout [Int32]) throws {
    switch tokenizer {
    case .byte: break
    case .character: try decoder.finish()
    case .word(let vocabulary):
      try decoder.finish()
      var unknown = 0
      words.finish { unknown += Self.append($0, vocabulary, to: &ids) }
      unknownCount += unknown
    case .bpe: splitter.finish { merger?.encode($0, into: &ids) }
    }
  }

  /// Returns the number of unknown tokens, 0 or 1.
  private static func append(_ part: WordSplitter.Part, _ vocabulary: WordVocabulary, to ids: inout [Int32]) -> Int {
    guard case .word(let word) = part else {
      ids.append(WordVocabulary.lineEnd)
      return 0
    }
    let id = vocabulary.id(word)
    ids.append(id ?? 0)
    return id == nil ? 1 : 0
  }
}
