/// How good outputs are beside what they should be.
public struct TranslationScores: Sendable, Hashable {
  public private(set) var bleu = BLEU()
  public private(set) var chrf = ChrF()
  /// Over tokens of the target's tokenizer.
  public private(set) var tokens = EditRate()
  /// Over words between white space.
  public private(set) var words = EditRate()
  private var right = 0
  public private(set) var count = 0

  public init() {}

  /// The part of the outputs that are, white space at the ends aside, exactly a reference.
  public var exact: Double { Double(right) / Double(max(1, count)) }

  /// - Parameters:
  ///   - references: all of which count as right; one or more.
  ///   - tokenizer: of the target.
  public mutating func add(_ output: String, references: [String], _ tokenizer: Tokenizer) {
    count += 1
    // As bytes: two spellings of é, one string to Swift, are different outputs.
    let spelt = Self.trimmed(output)
    if references.contains(where: { Self.trimmed($0) == spelt }) { right += 1 }
    bleu.add(output, references: references)
    chrf.add(output, references: references)
    // As they are spelt: of two words that the vocabulary does not have, one is not right because it is unknown too.
    tokens.add(tokenizer.spellings(output), references: references.map { tokenizer.spellings($0) })
    words.add(Self.words(output), references: references.map(Self.words))
  }

  private static func trimmed(_ text: String) -> [UInt8] {
    let isSpace = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
    return text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
  }

  private static func words(_ text: String) -> [[UInt8]] {
    text.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
  }
}
