import Recurrent
import TestSupport
import Testing

/// Properties that hold for any text, looked at on random ones.
@Suite struct TokenizerRoundTripTests {
  static let scalars: [Unicode.Scalar] = [
    "a", "b", "c", " ", " ", "\n", "\r", "\t", "\0", "0", "9", ".", "-", "é", "ß", "\u{301}", "日", "😀", "\u{200D}",
    "\u{FE0F}", "\u{7FF}", "\u{800}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}", "\u{FEFF}", "\u{85}", "\u{A0}",
  ]

  static func text(seed: UInt64, count: Int) -> [UInt8] {
    var random = Random(seed: seed)
    var text = String.UnicodeScalarView()
    for _ in 0..<count {
      let scalar = scalars[random.below(scalars.count)]
      // Runs, so that byte pairs and long pieces come about.
      for _ in 0...(random.below(20) == 0 ? random.below(90) : 0) { text.append(scalar) }
    }
    return Array(String(text).utf8)
  }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tokenizer(_ kind: Tokenizer.Kind, _ text: [UInt8]) throws -> Tokenizer {
    let corpus = try Corpus([folder.write(text, to: "text.txt")])
    return try Tokenizer(TokenizerOptions(kind, size: kind == .bpe ? 330 : nil), corpus: corpus)
  }

  @Test(arguments: Tokenizer.Kind.allCases, UInt64(1)...6)
  func everyTextSurvives(_ kind: Tokenizer.Kind, _ seed: UInt64) throws {
    let text = Self.text(seed: seed, count: 400)
    let tokenizer = try tokenizer(kind, text)
    let ids = try tokenizer.encode(text)
    #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.count && ($0 != tokenizer.unknown) })
    var decoder = TokenDecoder(tokenizer)
    let decoded = Array((ids.map { decoder.text($0) }.joined() + decoder.finish()).utf8)
    if kind == .word {
      // White space other than line ends becomes single spaces between words.
      let lines = text.split(separator: 10, omittingEmptySubsequences: false).map { line in
        Array(line.split { $0 == 32 || (9...13).contains($0) }.joined(separator: [32]))
      }
      #expect(decoded == Array(lines.joined(separator: [10])))
    } else {
      #expect(decoded == text)
    }
    // Where the text is cut makes no difference.
    var random = Random(seed: seed)
    var encoder = tokenizer.encoder()
    var (pieces, rest): ([Int32], ArraySlice<UInt8>) = ([], text[...])
    while !rest.isEmpty {
      let piece = Array(rest.prefix(1 + random.below(7)))
      try piece.withUnsafeBytes { try encoder.encode($0, into: &pieces) }
      rest = rest.dropFirst(piece.count)
    }
    try encoder.finish(into: &pieces)
    #expect(pieces == ids)
    // And the tokenizer survives its file.
    try tokenizer.write(to: "\(folder.path)/vocabulary.json")
    #expect(try Tokenizer(reading: "\(folder.path)/vocabulary.json") == tokenizer)
  }

  /// Swift takes both spellings of é for the same string; they are different words.
  @Test func wordsThatLookTheSameAreDifferent() throws {
    let text = Array("e\u{301}a \u{E9}a e\u{301}a\n".utf8)
    let tokenizer = try tokenizer(.word, text)
    #expect(tokenizer.count == 4)
    try tokenizer.write(to: "\(folder.path)/vocabulary.json")
    let again = try Tokenizer(reading: "\(folder.path)/vocabulary.json")
    #expect(try again.encode(text) == [2, 3, 2, 1])
  }

  /// Random bytes, most of them not UTF-8: what is shown is the text that the bytes stand for, in whole scalars.
  @Test(arguments: UInt64(1)...20) func decodingInPiecesIsDecodingAtOnce(_ seed: UInt64) {
    var random = Random(seed: seed)
    let lead: [UInt8] = [0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]
    let bytes = (0..<500).map { _ -> UInt8 in
      switch random.below(4) {
      case 0: UInt8(random.below(128))
      case 1: lead[random.below(lead.count)]
      default: UInt8(0x80 + random.below(64))
      }
    }
    var decoder = TokenDecoder(.byte)
    let shown = bytes.map { decoder.text(Int32($0)) }.joined() + decoder.finish()
    #expect(Array(shown.utf8) == Array(String(decoding: bytes, as: UTF8.self).utf8))
  }

  /// The offset of the first byte that is not UTF-8 agrees with the standard library's decoder.
  @Test(arguments: UInt64(1)...20) func offsetsOfWhatIsNotUTF8(_ seed: UInt64) throws {
    var random = Random(seed: seed)
    var bytes = Self.text(seed: seed, count: 100)
    bytes[random.below(bytes.count)] = UInt8(0x80 + random.below(128))
    var offset: Int? = 0
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    loop: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset? += UTF8.width(scalar)
      case .emptyInput:
        offset = nil
        break loop
      case .error: break loop
      }
    }
    var found: Int?
    let known = try tokenizer(.character, Array("a".utf8))
    do { _ = try known.encode(bytes) } catch CorpusError.notUTF8(_, let offset, _) { found = offset }
    #expect(found == offset)
  }
}

/// A small linear congruential generator.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func below(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { String(Character(scalar)).utf8.count }
}
