extension Tokenizer {
  /// What each of the tokens of a text looks like in it; bytes that are no text by themselves as U+FFFD.
  func pieces(_ text: String) -> [String] { spellings(text).map { String(decoding: $0, as: UTF8.self) } }

  /// The bytes of each of the tokens of a text, also of those that the vocabulary does not have.
  func spellings(_ text: String) -> [[UInt8]] {
    switch self {
    case .character: return text.unicodeScalars.map { Array(UTF8.encode($0) ?? UTF8.encodedReplacementCharacter) }
    case .byte: return text.utf8.map { [$0] }
    case .word:
      var pieces: [[UInt8]] = []
      var splitter = WordSplitter()
      let add = { (part: WordSplitter.Part) in
        switch part {
        case .word(let bytes): pieces.append(Array(bytes))
        case .lineEnd: pieces.append([10])
        }
      }
      Array(text.utf8).withUnsafeBytes { splitter.split($0, add) }
      splitter.finish(add)
      return pieces
    case .bpe(let vocabulary): return ((try? encode(Array(text.utf8))) ?? []).map { vocabulary.bytes($0) }
    }
  }

  /// The bytes that a token stands for, without the white space between words.
  func bytes(_ id: Int32) -> [UInt8] {
    switch self {
    case .byte: [UInt8(truncatingIfNeeded: id)]
    case .character(let vocabulary): vocabulary.bytes(id)
    case .word(let vocabulary): vocabulary.bytes(id)
    case .bpe(let vocabulary): vocabulary.bytes(id)
    }
  }
}
