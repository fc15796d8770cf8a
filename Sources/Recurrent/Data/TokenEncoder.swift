/// Turns a text that comes in pieces into tokens; where the pieces are cut makes no difference.
public struct TokenEncoder {
  private let tokenizer: Tokenizer
  private var decoder = ScalarDecoder()
  private var splitter = BytePairSplitter()
  private var merger: BytePairMerger?
  private var word: [UInt8] = []
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
      try decoder.decode(bytes) { _ in }
      for byte in bytes {
        if WordVocabulary.separates(byte) {
          endWord(vocabulary, into: &ids)
          if byte == 10 { ids.append(WordVocabulary.lineEnd) }
        } else {
          word.append(byte)
        }
      }
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
      endWord(vocabulary, into: &ids)
    case .bpe: splitter.finish { merger?.encode($0, into: &ids) }
    }
  }

  private mutating func endWord(_ vocabulary: WordVocabulary, into ids: inout [Int32]) {
    guard !word.isEmpty else { return }
    let id = vocabulary.id(word)
    if id == nil { unknownCount += 1 }
    ids.append(id ?? 0)
    word.removeAll(keepingCapacity: true)
  }
}
