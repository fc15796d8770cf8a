/// A time of a table, to put rows in order: a number, or a date with or without a time of day, its largest unit first.
struct TimeStamp: Comparable {
  private let parts: [Double]

  /// nil where the order is not clear: names of months, and days before months before years.
  init?(_ text: String) {
    if let number = Double(text) {
      if !number.isFinite { return nil }
      parts = [number]
      return
    }
    var parts: [Double] = []
    var (digits, isFraction, hasTime) = ("", false, false)
    var firstIsClear: Bool?
    for character in text + " " {
      if character.isASCII && character.isNumber {
        digits.append(character)
        continue
      }
      guard "-/.:TZ+, ".contains(character) else { return nil }
      if !digits.isEmpty {
        firstIsClear = firstIsClear ?? (digits.count == 4 || character == ":")
        parts.append(Double((isFraction ? "0." : "") + digits) ?? 0)
        digits = ""
      }
      hasTime = hasTime || character == ":"
      isFraction = hasTime && (character == "." || character == ",")
    }
    guard firstIsClear == true else { return nil }
    self.parts = parts
  }

  static func < (one: TimeStamp, other: TimeStamp) -> Bool { one.parts.lexicographicallyPrecedes(other.parts) }
}
