/// A text as a model reads it, with where each token stands in it.
public struct InspectedText: Sendable {
  public let bytes: [UInt8]
  public let tokens: [Int32]
  /// What each token looks like.
  public let pieces: [String]
  /// The bytes of each token.
  let places: [Range<Int>]
  /// True if white space stands between tokens rather than in them.
  public let isSpaced: Bool

  /// - Parameters:
  ///   - bytes: of the text.
  ///   - name: of where it comes from, for errors.
  ///   - most: tokens that are read; the rest is left out.
  /// - Throws: `CorpusError.notUTF8`, where the tokenizer needs UTF-8.
  public init(_ bytes: [UInt8], _ tokenizer: Tokenizer, name: String, most: Int = .max) throws {
    let ids = try tokenizer.encode(bytes, name: name)
    let spellings =
      tokenizer.kind == .byte ? bytes.map { [$0] } : tokenizer.spellings(String(decoding: bytes, as: UTF8.self))
    let count = min(most, ids.count, spellings.count)
    tokens = Array(ids[..<count])
    pieces = spellings[..<count].map { String(decoding: $0, as: UTF8.self) }
    var (places, position) = ([Range<Int>](), 0)
    for spelling in spellings[..<count] {
      // Between two words there is white space alone, so the next place that looks like the token is the token's.
      while position + spelling.count <= bytes.count,
        !bytes[position..<position + spelling.count].elementsEqual(spelling)
      { position += 1 }
      let start = min(position, bytes.count)
      position = min(bytes.count, start + spelling.count)
      places.append(start..<position)
    }
    self.places = places
    self.bytes = Array(bytes[..<(places.last?.upperBound ?? 0)])
    isSpaced = tokenizer.kind == .word
  }

  /// Scalars with their bytes; of a text that is not UTF-8, the bytes.
  var scalars: [(scalar: Unicode.Scalar, end: Int)] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.enumerated().map { (Unicode.Scalar($1), $0 + 1) }
    }
    var end = 0
    return text.unicodeScalars.map { scalar in
      end += UTF8.width(scalar)
      return (scalar, end)
    }
  }
}
