/// Turns tokens back into text as they come.
public struct TokenDecoder {
  private let tokenizer: Tokenizer
  private var pending: [UInt8] = []
  private var needsSpace = false

  public init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// The bytes of a token in its place: a word gets a space before it unless it begins the text or a line.
  public mutating func bytes(_ id: Int32) -> [UInt8] {
    guard tokenizer.kind == .word else { return tokenizer.bytes(id) }
    defer { needsSpace = id != WordVocabulary.lineEnd }
    return (needsSpace && id != WordVocabulary.lineEnd ? [32] : []) + tokenizer.bytes(id)
  }

  /// The text that a token completes: whole UTF-8 sequences only, with U+FFFD for bytes that can belong to none.
  public mutating func text(_ id: Int32) -> String {
    pending += bytes(id)
    let whole = Self.wholePrefix(pending)
    defer { pending.removeFirst(whole) }
    return String(decoding: pending[..<whole], as: UTF8.self)
  }

  /// What is left at the end, U+FFFD for a sequence that was never completed.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// The number of bytes before a sequence at the end that more bytes could complete.
  private static func wholePrefix(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back && byte <= 0xF4 ? bytes.count - back : bytes.count
    }
    return bytes.count
  }
}
