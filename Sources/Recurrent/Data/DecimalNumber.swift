/// Reads decimal numbers from bytes, without a string in between.
enum DecimalNumber {
  /// Powers of ten that a double holds without rounding.
  private static let powers: [Double] = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }

  /// A number such as `-0.25`, `3` or `1.5e-3`, rounded to a double and then to a float; nil for anything else, and for
  /// what is not finite.
  static func float(_ text: UnsafeRawBufferPointer) -> Float? {
    let negative = text.first == 45
    var at = negative || text.first == 43 ? 1 : 0
    let start = at
    var digits: UInt64 = 0
    var point: Int?
    while at < text.count {
      let digit = text[at] &- 48
      if digit < 10 {
        digits = digits &* 10 &+ UInt64(digit)
      } else if text[at] == 46, point == nil {
        point = at
      } else {
        break
      }
      at += 1
    }
    let count = at - start - (point == nil ? 0 : 1)
    guard count > 0 else { return nil }
    if at == text.count, count <= 15 {
      // With so few digits, one exact operation gives the nearest double (Clinger 1990).
      let value = Double(digits) / powers[point.map { at - $0 - 1 } ?? 0]
      return Float(negative ? -value : value)
    }
    guard text[at...].allSatisfy({ $0 &- 48 < 10 || $0 == 43 || $0 == 45 || $0 == 69 || $0 == 101 }),
      let value = Float(String(decoding: text, as: UTF8.self)), value.isFinite
    else { return nil }
    return value
  }
}
