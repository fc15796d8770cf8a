/// Columns of a terminal that text takes.
package enum DisplayWidth {
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
  ]

  /// Two for characters of East Asian scripts and for emoji, otherwise one.
  package static func of(_ character: Character) -> Int {
    guard let value = character.unicodeScalars.first?.value else { return 0 }
    return wide.contains { $0.contains(value) } ? 2 : 1
  }

  package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }
}
