/// How the times of a table are written, so that those of forecasts are written alike.
public struct TimeNotation: Sendable, Hashable, Codable {
  public enum Order: String, Sendable, Hashable, Codable, CaseIterable {
    /// Numbers of any kind, or of rows where there is no column of times.
    case number
    /// 2021-03-21, 2021.3.21, 20210321 or 2021-03.
    case yearFirst = "year-first"
    /// 21.03.2021
    case dayFirst = "day-first"
    /// 03/21/2021
    case monthFirst = "month-first"
  }

  public var order: Order
  /// Between the parts of a date; empty for eight digits in a row.
  var separator = "-"
  /// Months and days have two digits.
  var isPadded = true
  var hasDay = true
  /// Parts of the time of day: 0 for none, 2 for hours and minutes, 3 with seconds.
  var clock = 0
  /// Between the date and the time of day.
  var joint = " "
  /// As it is written behind the time of day: nothing, `Z` or an offset.
  var zone = ""
  /// Seconds that the clock of the zone is ahead of UTC.
  var offset = 0

  public init(_ order: Order) { self.order = order }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    order = try values.decode(Order.self, forKey: .order)
    separator = try values.decode(String.self, forKey: .separator)
    isPadded = try values.decode(Bool.self, forKey: .isPadded)
    hasDay = try values.decode(Bool.self, forKey: .hasDay)
    clock = try values.decode(Int.self, forKey: .clock)
    joint = try values.decode(String.self, forKey: .joint)
    zone = try values.decode(String.self, forKey: .zone)
    offset = try values.decode(Int.self, forKey: .offset)
    guard [0, 2, 3].contains(clock), abs(offset) <= 24 * 3600 else {
      throw DecodingError.dataCorruptedError(forKey: .clock, in: values, debugDescription: "a clock that is none")
    }
  }

  /// True where times are dates.
  public var isCalendar: Bool { order != .number }

  /// A time as the table would have it.
  ///
  /// - Parameter time: a number, or seconds since 1970-01-01 00:00 on the clock of the zone.
  public func text(_ time: Double) -> String {
    guard isCalendar, abs(time) < 2.5e11 else {
      // Steps such as 0.1 add up to more digits than anybody has written.
      let rounded = abs(time) < 1e5 ? (time * 1e9).rounded() / 1e9 : time
      return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
    let seconds = Int(time.rounded(.down))
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let date = CalendarDate(days: days)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    func part(_ number: Int) -> String { isPadded ? two(number) : "\(number)" }
    let year = String(repeating: "0", count: max(0, 4 - String(date.year).count)) + String(date.year)
    let parts =
      switch order {
      case .dayFirst: [part(date.day), part(date.month), year]
      case .monthFirst: [part(date.month), part(date.day), year]
      default: hasDay ? [year, part(date.month), part(date.day)] : [year, part(date.month)]
      }
    var text = parts.joined(separator: separator)
    let rest = seconds - days * 86_400
    if clock > 0 { text += joint + two(rest / 3600) + ":" + two(rest / 60 % 60) }
    if clock == 3 { text += ":" + two(rest % 60) }
    let fraction = time - Double(seconds)
    if clock == 3, fraction >= 0.0005 {
      let thousandths = String(Int((fraction * 1000).rounded(.down)))
      text += "." + String(repeating: "0", count: 3 - thousandths.count) + thousandths
    }
    return text + zone
  }
}
