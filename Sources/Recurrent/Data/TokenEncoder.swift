import Tensors

/// Turns a text that comes in pieces into tokens; where the pieces are cut makes no difference.
public struct TokenEncoder {
  private let tokenizer: Tokenizer
  private var decoder = ScalarDecoder()
  private var splitter = BytePairSplitter()
  private var merger: BytePairMerger?
  private var words: [WordEncoder]
  /// How often the unknown token was given.
  public private(set) var unknownCount = 0

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    words = [WordEncoder](repeating: WordEncoder(), count: max(1, ThreadPool.shared.threads))
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
      let pieces = WordSplitter.pieces(bytes, most: words.count)
      var offset = words[0].decoder.offset
      for (index, piece) in pieces.enumerated() {
        if index > 0 { words[index].start(at: offset) }
        offset += piece.count
      }
      words.withUnsafeMutableBufferPointer { words in
        let words = words
        ThreadPool.shared.forEach(pieces.count) { words[$0].encode(pieces[$0], vocabulary) }
      }
      for index in pieces.indices { try take(index, into: &ids) }
      words[0].goOn(after: words[pieces.count - 1])
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
      words[0].finish(vocabulary)
      try take(0, into: &ids)
    case .bpe: splitter.finish { merger?.encode($0, into: &ids) }
    }
  }

  /// The words that one of the encoders has found.
  private mutating func take(_ index: Int, into ids: inout [Int32]) throws {
    if let failure = words[index].failure { throw failure }
    ids += words[index].found.ids
    unknownCount += words[index].found.unknownCount
    words[index].found.clear()
  }
}

/// The words of one piece of a text after another.
private struct WordEncoder {
  private(set) var decoder = ScalarDecoder()
  private var splitter = WordSplitter()
  var found = WordIds()
  private(set) var failure: (any Error)?

  mutating func encode(_ bytes: UnsafeRawBufferPointer, _ vocabulary: WordVocabulary) {
    do { try decoder.validate(bytes) } catch { return failure = error }
    splitter.split(bytes) { found.append($0, vocabulary) }
  }

  mutating func finish(_ vocabulary: WordVocabulary) {
    do { try decoder.finish() } catch { return failure = error }
    splitter.finish { found.append($0, vocabulary) }
  }

  /// Begins after white space.
  mutating func start(at offset: Int) { (decoder, splitter) = (ScalarDecoder(offset: offset), WordSplitter()) }

  /// Goes on where another has ended.
  mutating func goOn(after other: WordEncoder) { (decoder, splitter) = (other.decoder, other.splitter) }
}

private struct WordIds {
  private(set) var ids: [Int32] = []
  private(set) var unknownCount = 0

  @inline(__always)
  mutating func append(_ part: WordSplitter.Part, _ vocabulary: WordVocabulary) {
    guard case .word(let word) = part else { return ids.append(WordVocabulary.lineEnd) }
    let id = vocabulary.id(word)
    ids.append(id ?? 0)
    if id == nil { unknownCount += 1 }
  }

  mutating func clear() {
    ids.removeAll(keepingCapacity: true)
    unknownCount = 0
  }
}
