/// Reads decimal numbers from bytes, without a string in between.
enum DecimalNumber {
  /// Powers of ten that a double holds without rounding.
  private static let powers: [Double] = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }

  /// The float nearest a number such as `-0.25`, `3` or `1.5e-3`; nil for anything else, and for what is not finite.
  static func float(_ text: UnsafeRawBufferPointer) -> Float? {
    var at = 0
    var digits: UInt64 = 0
    var count = 0
    var exponent = 0
    let negative = text.first == 45
    if negative || text.first == 43 { at = 1 }
    var point = false
    while at < text.count {
      let byte = text[at]
      if byte == 46, !point {
        point = true
      } else if byte >= 48, byte <= 57 {
        digits = digits &* 10 &+ UInt64(byte - 48)
        count += 1
        if point { exponent -= 1 }
      } else {
        break
      }
      at += 1
    }
    // With so few digits and such a power, one exact operation gives the nearest double (Clinger 1990).
    guard count > 0 else { return nil }
    if at == text.count, count <= 15, exponent >= -22 {
      let value = Double(digits) / powers[-exponent]
      return Float(negative ? -value : value)
    }
    guard text[at...].allSatisfy({ $0 == 43 || $0 == 45 || $0 == 69 || $0 == 101 || (48...57).contains($0) }),
      let value = Float(String(decoding: text, as: UTF8.self)), value.isFinite
    else { return nil }
    return value
  }
}
