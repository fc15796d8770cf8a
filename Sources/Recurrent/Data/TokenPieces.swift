extension Tokenizer {
  /// What each of the tokens of a text looks like in it; bytes that are no text by themselves as U+FFFD.
  func pieces(_ text: String) -> [String] {
    switch self {
    case .character: return text.unicodeScalars.map { String($0) }
    case .byte: return text.utf8.map { String(decoding: [$0], as: UTF8.self) }
    case .word:
      var pieces: [String] = []
      var splitter = WordSplitter()
      let add = { (part: WordSplitter.Part) in
        switch part {
        case .word(let bytes): pieces.append(String(decoding: bytes, as: UTF8.self))
        case .lineEnd: pieces.append("\n")
        }
      }
      Array(text.utf8).withUnsafeBytes { splitter.split($0, add) }
      splitter.finish(add)
      return pieces
    case .bpe(let vocabulary):
      let ids = (try? encode(Array(text.utf8))) ?? []
      return ids.map { String(decoding: vocabulary.bytes($0), as: UTF8.self) }
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
