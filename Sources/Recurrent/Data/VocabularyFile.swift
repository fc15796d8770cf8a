/// `vocabulary.json`: what a tokenizer has learned.
struct VocabularyFile: Codable {
  var format = ModelJSON.format
  var tokenizer: Tokenizer.Kind
  /// Code points.
  var characters: [UInt32]?
  var words: [String]?
  var merges: [[Int32]]?
}

extension Tokenizer {
  public func write(to path: String) throws(ModelFileError) {
    var file = VocabularyFile(tokenizer: kind)
    switch self {
    case .byte: break
    case .character(let vocabulary): file.characters = vocabulary.scalars
    case .word(let vocabulary): file.words = vocabulary.words
    case .bpe(let vocabulary): file.merges = vocabulary.merges
    }
    try ModelJSON.write(file, to: path)
  }

  public init(reading path: String) throws(ModelFileError) {
    let file = try ModelJSON.read(VocabularyFile.self, from: path)
    func damaged(_ detail: String) -> ModelFileError { .malformed(path: path, detail: detail) }
    switch file.tokenizer {
    case .byte: self = .byte
    case .character:
      guard let scalars = file.characters, zip(scalars, scalars.dropFirst()).allSatisfy({ $0 < $1 }),
        scalars.allSatisfy({ Unicode.Scalar($0) != nil })
      else { throw damaged("'characters' is not a sorted list of code points") }
      self = .character(CharacterVocabulary(scalars))
    case .word:
      // As bytes: two spellings of é, one string to Swift, are different words.
      guard let words = file.words, Set(words.map { Array($0.utf8) }).count == words.count,
        words.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(where: WordSplitter.separates) })
      else { throw damaged("'words' is not a list of different words") }
      self = .word(WordVocabulary(words))
    case .bpe:
      guard let merges = file.merges, let vocabulary = BytePairVocabulary(merges) else {
        throw damaged("'merges' is not a list of pairs of earlier tokens")
      }
      self = .bpe(vocabulary)
    }
  }
}
