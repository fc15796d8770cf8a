/// Text to token ids and back.
///
/// - byte: every byte is a token; nothing is unknown.
/// - character: every Unicode scalar of the training text is a token.
/// - word: white space separates words, and a line's end is a token of its own.
/// - bpe: byte pairs that are frequent in the training text are merged into tokens (Sennrich et al. 2016).
public enum Tokenizer: Sendable, Hashable {
  case byte
  case character(CharacterVocabulary)
  case word(WordVocabulary)
  case bpe(BytePairVocabulary)

  public enum Kind: String, Sendable, Codable, CaseIterable {
    case byte
    case character = "char"
    case word
    case bpe

    /// True if frequent tokens have low ids, as an adaptive softmax expects them. Byte pairs have the order in which they
    /// were merged, which later merges spoil: most of what was once `t` `h` ends up within `the`.
    public var isOrderedByFrequency: Bool { self == .word }
  }

  public var kind: Kind {
    switch self {
    case .byte: .byte
    case .character: .character
    case .word: .word
    case .bpe: .bpe
    }
  }

  /// The number of tokens.
  public var count: Int {
    switch self {
    case .byte: 256
    case .character(let vocabulary): vocabulary.scalars.count + 1
    case .word(let vocabulary): vocabulary.words.count + 2
    case .bpe(let vocabulary): 256 + vocabulary.merges.count
    }
  }

  /// The token that stands for what the training text does not have.
  public var unknown: Int32? {
    switch self {
    case .byte, .bpe: nil
    case .character, .word: 0
    }
  }

  /// The token after which a text may begin: a line's end where there is one.
  public var lineEnd: Int32? {
    switch self {
    case .byte, .bpe: 10
    case .character(let vocabulary): vocabulary.id(10)
    case .word: WordVocabulary.lineEnd
    }
  }

  /// An encoder at the start of a text.
  public func encoder() -> TokenEncoder { TokenEncoder(self) }

  /// The tokens of a whole text; what the training text does not have becomes the unknown token.
  /// - Throws: `CorpusError.notUTF8`, where the kind needs UTF-8.
  public func encode(_ text: [UInt8], name: String = "the text") throws -> [Int32] {
    var encoder = encoder()
    var ids: [Int32] = []
    do {
      try text.withUnsafeBytes { try encoder.encode($0, into: &ids) }
      try encoder.finish(into: &ids)
    } catch let error as ScalarDecoder.Invalid {
      throw CorpusError.notUTF8(path: name, offset: error.offset, byte: error.byte)
    }
    return ids
  }

  /// The tokens of a prompt.
  /// - Throws: `CorpusError.unknownCharacter` for the first character that the training text does not have.
  public func encode(prompt: String) throws -> [Int32] {
    if case .character(let vocabulary) = self {
      var offset = 0
      for character in prompt {
        if character.unicodeScalars.contains(where: { vocabulary.id($0.value) == nil }) {
          throw CorpusError.unknownCharacter(character, offset: offset)
        }
        offset += character.utf8.count
      }
    }
    return try encode(Array(prompt.utf8), name: "the prompt")
  }
}
