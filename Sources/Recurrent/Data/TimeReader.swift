import Tensors

/// Reads times: ISO 8601 with or without time of day and zone, other separators, one-digit months and days, and orders
/// in which the year comes last.
package struct TimeReader {
  private let bytes: [UInt8]
  private var at = 0

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// The times of a column, in one notation.
  ///
  /// - Parameter order: nil to take the only one that fits all rows.
  /// - Returns: what stands in `TimeNotation.text`; an index of a row that does not fit, or with which no single order
  ///   is left, where there is none.
  package static func column(
    _ texts: [String], order: TimeNotation.Order?
  ) -> Result<(times: [Double], notation: TimeNotation), Failure> {
    let orders = order.map { [$0] } ?? [.yearFirst, .number, .dayFirst, .monthFirst]
    var found: [(times: [Double], notation: TimeNotation)] = []
    var farthest = 0
    for order in orders {
      if order == .monthFirst || order == .dayFirst || found.isEmpty {
        switch read(texts, order) {
        case .success(let column): found.append(column)
        case .failure(let failure): farthest = max(farthest, failure.row)
        }
      }
    }
    if found.count == 1 { return .success(found[0]) }
    return .failure(Failure(row: found.isEmpty ? farthest : 0, isAmbiguous: !found.isEmpty))
  }

  package struct Failure: Error {
    package var row: Int
    /// Two orders of day and month fit.
    package var isAmbiguous: Bool
  }

  private static func read(
    _ texts: [String], _ order: TimeNotation.Order
  ) -> Result<(times: [Double], notation: TimeNotation), Failure> {
    var times: [Double] = []
    var first: TimeNotation?
    for (row, text) in texts.enumerated() {
      guard let (time, notation) = one(text, order) else { return .failure(Failure(row: row, isAmbiguous: false)) }
      // What is not written with a zone is taken for the first row's.
      let shift = notation.zone.isEmpty ? 0 : (first ?? notation).offset - notation.offset
      times.append(time + Double(shift))
      var common = first ?? notation
      common.clock = max(common.clock, notation.clock)
      common.isPadded = common.isPadded && notation.isPadded
      first = common
    }
    return .success((times, first ?? TimeNotation(order)))
  }

  /// A time on the clock of its zone.
  package static func one(_ text: String, _ order: TimeNotation.Order) -> (time: Double, notation: TimeNotation)? {
    var reader = TimeReader(text)
    reader.skipSpaces()
    var notation = TimeNotation(order)
    guard order != .number else {
      let trimmed = text.filter { !$0.isWhitespace }
      guard let number = Double(trimmed), abs(number) <= 1e15 else { return nil }
      return (number, notation)
    }
    guard let date = reader.date(&notation), let clock = reader.clock(&notation) else { return nil }
    reader.skipSpaces()
    return reader.at == reader.bytes.count ? (Double(date.days) * 86_400 + clock, notation) : nil
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpaces() { while next == 32 { at += 1 } }

  /// The number that the next digits make, and how many they are.
  private mutating func digits(atMost most: Int) -> (value: Int, count: Int)? {
    let start = at
    var value = 0
    while let byte = next, byte &- 48 < 10 {
      guard at - start < most else { return nil }
      value = value * 10 + Int(byte - 48)
      at += 1
    }
    return at > start ? (value, at - start) : nil
  }

  private mutating func date(_ notation: inout TimeNotation) -> CalendarDate? {
    guard let first = digits(atMost: 8) else { return nil }
    if first.count == 8, notation.order == .yearFirst {
      notation.separator = ""
      return CalendarDate(year: first.value / 10_000, month: first.value / 100 % 100, day: first.value % 100)
    }
    guard let separator = next, [45, 46, 47].contains(separator) else { return nil }
    func separates(_ reader: inout TimeReader) -> Bool {
      guard reader.next == separator else { return false }
      reader.at += 1
      // "2021. 3. 21." is common in Korea.
      if separator == 46 { reader.skipSpaces() }
      return true
    }
    notation.separator = String(UnicodeScalar(separator))
    guard separates(&self), let second = digits(atMost: 4) else { return nil }
    var third: (value: Int, count: Int)?
    let back = at
    if separates(&self) {
      third = digits(atMost: 4)
      // A point at the end is no separator.
      if third == nil, separator != 46 { return nil }
      if third == nil { at = back + 1 } else if separator == 46, next == 46 { at += 1 }
    }
    let counts = [first.count, second.count, third?.count ?? 2]
    switch notation.order {
    case .yearFirst:
      guard first.count == 4, counts[1] <= 2, counts[2] <= 2 else { return nil }
      notation.hasDay = third != nil
      notation.isPadded = counts[1] == 2 && counts[2] == 2
      return CalendarDate(year: first.value, month: second.value, day: third?.value ?? 1)
    case .dayFirst, .monthFirst:
      guard let third, third.count == 4, counts[0] <= 2, counts[1] <= 2 else { return nil }
      notation.isPadded = counts[0] == 2 && counts[1] == 2
      let (day, month) = notation.order == .dayFirst ? (first, second) : (second, first)
      return CalendarDate(year: third.value, month: month.value, day: day.value)
    case .number: return nil
    }
  }

  /// The seconds of the time of day, 0 where none is written.
  private mutating func clock(_ notation: inout TimeNotation) -> Double? {
    let back = at
    if next == 84 || next == 116 {  // T
      notation.joint = "T"
      at += 1
    } else {
      skipSpaces()
      if at == bytes.count || at == back { return 0 }
    }
    guard let hours = digits(atMost: 2), hours.value < 24, next == 58 else { return nil }
    at += 1
    guard let minutes = digits(atMost: 2), minutes.count == 2, minutes.value < 60 else { return nil }
    notation.clock = 2
    var seconds = Double(hours.value * 3600 + minutes.value * 60)
    if next == 58 {
      at += 1
      guard let whole = digits(atMost: 2), whole.count == 2, whole.value < 60 else { return nil }
      notation.clock = 3
      seconds += Double(whole.value)
      if next == 46 || next == 44 {
        at += 1
        guard let fraction = digits(atMost: 9) else { return nil }
        seconds += Double(fraction.value) / Double.power(10, Double(fraction.count))
      }
    }
    return zone(&notation) ? seconds : nil
  }

  private mutating func zone(_ notation: inout TimeNotation) -> Bool {
    let start = at
    if next == 90 || next == 122 {  // Z
      at += 1
      notation.zone = "Z"
      return true
    }
    guard let sign = next, sign == 43 || sign == 45 else { return true }
    at += 1
    guard let hours = digits(atMost: 4) else { return false }
    var (hour, minute) = (hours.value, 0)
    if hours.count > 2 {
      (hour, minute) = (hours.value / 100, hours.value % 100)
    } else if next == 58 {
      at += 1
      guard let minutes = digits(atMost: 2) else { return false }
      minute = minutes.value
    }
    guard hour <= 14, minute < 60 else { return false }
    notation.offset = (sign == 45 ? -1 : 1) * (hour * 3600 + minute * 60)
    notation.zone = String(decoding: bytes[start..<at], as: UTF8.self)
    return true
  }
}
