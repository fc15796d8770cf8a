/// Sets of Unicode scalars as ranges in rising order, and how they are spelt in UTF-8.
enum ScalarSet {
  static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
  static let space = all { $0.properties.isWhitespace }
  static let word = all { scalar in
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .connectorPunctuation:
      true
    default: false
    }
  }

  private static func all(_ holds: (Unicode.Scalar) -> Bool) -> [ClosedRange<UInt32>] {
    var ranges: [ClosedRange<UInt32>] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), holds(scalar) else { continue }
      if let last = ranges.last, last.upperBound + 1 == value {
        ranges[ranges.count - 1] = last.lowerBound...value
      } else {
        ranges.append(value...value)
      }
    }
    return ranges
  }

  /// In rising order, without overlaps.
  static func sorted(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      if let last = result.last, range.lowerBound <= last.upperBound + 1 {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var first: UInt32 = 0
    for range in sorted(ranges) {
      if range.lowerBound > first { result.append(first...range.lowerBound - 1) }
      first = range.upperBound + 1
    }
    if first <= 0x10FFFF { result.append(first...0x10FFFF) }
    // Halves of surrogate pairs are no scalars.
    let spelt = result.contains { $0.lowerBound < 0xD800 || $0.upperBound > 0xDFFF }
    return spelt ? result : []
  }

  /// Sequences of ranges of bytes, which together spell exactly the scalars of a range.
  static func spellings(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    let parts: [ClosedRange<UInt32>] = [0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF]
    return parts.flatMap { part -> [[ClosedRange<UInt8>]] in
      guard part.overlaps(range) else { return [] }
      let both = range.clamped(to: part)
      return split(bytes(both.lowerBound), bytes(both.upperBound))
    }
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
  }

  /// Between two sequences of as many bytes.
  private static func split(_ low: [UInt8], _ high: [UInt8]) -> [[ClosedRange<UInt8>]] {
    if low.count == 1 { return [[low[0]...high[0]]] }
    let (lowTail, highTail) = (Array(low.dropFirst()), Array(high.dropFirst()))
    let least = lowTail.map { _ in UInt8(0x80) }
    let most = lowTail.map { _ in UInt8(0xBF) }
    func after(_ byte: UInt8, _ tails: [[ClosedRange<UInt8>]]) -> [[ClosedRange<UInt8>]] {
      tails.map { [byte...byte] + $0 }
    }
    if low[0] == high[0] { return after(low[0], split(lowTail, highTail)) }
    var (first, last) = (low[0], high[0])
    var (before, beyond): ([[ClosedRange<UInt8>]], [[ClosedRange<UInt8>]]) = ([], [])
    if lowTail != least {
      before = after(first, split(lowTail, most))
      first += 1
    }
    if highTail != most {
      beyond = after(last, split(least, highTail))
      last -= 1
    }
    let whole = first <= last ? [[first...last] + most.map { _ in 0x80...0xBF }] : []
    return before + whole + beyond
  }
}
