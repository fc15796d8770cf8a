import Recurrent
import TestSupport
import Testing

@Suite struct TokenizerTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let text = "Der Fluß, 日本語 👩‍👩‍👧 e\u{301}\r\nthe the the theme\n\n  two  spaces\tand a tab\0\nlast line"

  private func tokenizer(_ kind: Tokenizer.Kind, _ text: String = text, size: Int? = nil) throws -> Tokenizer {
    let corpus = try Corpus([folder.write(text.utf8, to: "corpus.txt")])
    return try Tokenizer(TokenizerOptions(kind, size: size), corpus: corpus)
  }

  private func decode(_ ids: [Int32], _ tokenizer: Tokenizer) -> String {
    var decoder = TokenDecoder(tokenizer)
    return ids.map { decoder.text($0) }.joined() + decoder.finish()
  }

  @Test(arguments: [Tokenizer.Kind.byte, .character, .bpe]) func decodingUndoesEncoding(_ kind: Tokenizer.Kind) throws {
    let tokenizer = try tokenizer(kind, size: kind == .bpe ? 290 : nil)
    let ids = try tokenizer.encode(Array(Self.text.utf8))
    #expect(Array(decode(ids, tokenizer).utf8) == Array(Self.text.utf8))
    #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.count })
  }

  @Test(arguments: Tokenizer.Kind.allCases, 1...7) func piecesGiveTheSameTokens(_ kind: Tokenizer.Kind, _ size: Int)
    throws
  {
    let tokenizer = try tokenizer(kind, size: kind == .bpe ? 290 : nil)
    var encoder = tokenizer.encoder()
    var ids: [Int32] = []
    let bytes = Array(Self.text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try Array(bytes[start..<min(bytes.count, start + size)]).withUnsafeBytes { try encoder.encode($0, into: &ids) }
    }
    try encoder.finish(into: &ids)
    #expect(try ids == tokenizer.encode(bytes))
  }

  @Test(arguments: Tokenizer.Kind.allCases) func filesGiveTheTokenizerBack(_ kind: Tokenizer.Kind) throws {
    let tokenizer = try tokenizer(kind, size: kind == .bpe ? 290 : nil)
    let path = "\(folder.path)/vocabulary.json"
    try tokenizer.write(to: path)
    #expect(try Tokenizer(reading: path) == tokenizer)
  }

  @Test func wordsAreSortedByFrequency() throws {
    let tokenizer = try tokenizer(.word, "b a a\nc b a\n", size: 4)
    #expect(tokenizer.count == 4)
    // <unk> is 0, the line's end 1, a is 2, b is 3; c is too rare.
    #expect(try tokenizer.encode(Array("a b\nc".utf8)) == [2, 3, 1, 0])
    #expect(decode([2, 3, 1, 2, 0], tokenizer) == "a b\na <unk>")
  }

  @Test(
    arguments: [
      ([0x61, 0xC0, 0x80], 1), ([0xE0, 0x80, 0x80], 0), ([0x61, 0x62, 0xED, 0xA0, 0x80], 2),
      ([0xF4, 0x90, 0x80, 0x80], 0),
      ([0x61, 0xE2, 0x82], 1), ([0x80], 0), ([0xC3, 0x41], 0), ([0xFF], 0),
    ] as [([UInt8], Int)])
  func whatIsNotUTF8IsRefusedWithItsOffset(_ bytes: [UInt8], _ offset: Int) throws {
    let corpus = try Corpus([folder.write(bytes, to: "bad.txt")])
    #expect(throws: CorpusError.notUTF8(path: "\(folder.path)/bad.txt", offset: offset, byte: bytes[offset])) {
      try Tokenizer(TokenizerOptions(.character), corpus: corpus)
    }
    #expect(try Tokenizer(TokenizerOptions(.byte), corpus: corpus).encode(bytes) == bytes.map { Int32($0) })
  }

  @Test func aPromptWithAnUnseenCharacterIsRefused() throws {
    let tokenizer = try tokenizer(.character, "abc\n")
    #expect(throws: CorpusError.unknownCharacter("é", offset: 2)) { try tokenizer.encode(prompt: "abé") }
    #expect(try tokenizer.encode(Array("abé".utf8)).last == tokenizer.unknown)
  }

  @Test func brokenUTF8IsNeverShown() {
    var decoder = TokenDecoder(.byte)
    var shown = ""
    for byte in Array("é😀".utf8) + [0xF0, 0x9F, 0x41, 0xFF, 0xE2, 0x82] { shown += decoder.text(Int32(byte)) }
    #expect(shown + decoder.finish() == "é😀\u{FFFD}A\u{FFFD}\u{FFFD}")
  }

  /// The definition, without heaps and places: count all pairs, merge the most frequent, lowest tokens first.
  @Test func bytePairsAgreeWithTheDefinition() throws {
    let text = sampleText(words: 120, seed: 11)
    guard case .bpe(let vocabulary) = try tokenizer(.bpe, text, size: 300) else { return }
    var pieces: [[Int32]] = []
    var piece: [Int32] = []
    for byte in text.utf8 {
      // In this text, pieces are a space with letters or digits or signs; a line's end; so a new piece starts with a
      // space or a line's end, or where the kind of character changes.
      func kind(_ byte: UInt8) -> Int {
        byte == 10
          ? 3 : byte == 32 ? 4 : (48...57).contains(byte) ? 1 : byte >= 128 || (97...122).contains(byte) ? 0 : 2
      }
      if let last = piece.last, kind(UInt8(last)) != kind(byte), piece != [32] || byte == 10 {
        pieces.append(piece)
        piece = []
      }
      piece.append(Int32(byte))
    }
    pieces.append(piece)
    for (index, merge) in vocabulary.merges.enumerated() {
      var counts: [[Int32]: Int] = [:]
      for piece in pieces { for pair in zip(piece, piece.dropFirst()) { counts[[pair.0, pair.1], default: 0] += 1 } }
      let best = counts.max { $0.value != $1.value ? $0.value < $1.value : !$0.key.lexicographicallyPrecedes($1.key) }
      #expect(best?.key == merge, "merge \(index)")
      pieces = pieces.map { piece in
        piece.reduce(into: []) { merged, token in
          if merged.last == merge[0], token == merge[1] {
            merged[merged.count - 1] = Int32(256 + index)
          } else {
            merged.append(token)
          }
        }
      }
    }
    #expect(vocabulary.merges.count > 20)
  }
}
