import Tensors

/// The distance between two steps of a series.
public enum TimeStep: Sendable, Hashable, Codable {
  /// Between numbers.
  case number(Double)
  case seconds(Int)
  /// Days without Saturdays and Sundays.
  case weekdays
  case months(Int)

  private static let day = 86_400

  /// What is wrong with one that was read from a file; nil if nothing is.
  var flaw: String? {
    switch self {
    case .number(let step): step > 0 && step.isFinite ? nil : "a step of \(step)"
    case .seconds(let step): (1...1 << 40).contains(step) ? nil : "a step of \(step) seconds"
    case .weekdays: nil
    case .months(let step): (1...12_000).contains(step) ? nil : "a step of \(step) months"
    }
  }

  private static func date(_ time: Double) -> (date: CalendarDate, rest: Double) {
    let days = Int((time / Double(day)).rounded(.down))
    return (CalendarDate(days: days), time - Double(days * day))
  }

  /// The time so many steps after one.
  public func advance(_ time: Double, by count: Int) -> Double {
    switch self {
    case .number(let step): return time + Double(count) * step
    case .seconds(let step): return time + Double(count * step)
    case .weekdays:
      let (date, rest) = Self.date(time)
      let index = Self.weekdayIndex(date) + count
      let week = (index >= 0 ? index : index - 4) / 5
      return Double((week * 7 - 3 + index - week * 5) * Self.day) + rest
    case .months(let step):
      let (date, rest) = Self.date(time)
      return Double(date.adding(months: count * step).days * Self.day) + rest
    }
  }

  /// Weekdays since Monday, 29 December 1969; a Saturday and a Sunday count as the Friday before.
  private static func weekdayIndex(_ date: CalendarDate) -> Int {
    let shifted = date.days + 3
    let week = (shifted >= 0 ? shifted : shifted - 6) / 7
    return week * 5 + min(4, shifted - week * 7)
  }

  /// How many steps lie between two times; nil where they are no whole number.
  public func count(from start: Double, to end: Double) -> Int? {
    switch self {
    case .number(let step):
      let steps = (end - start) / step
      guard abs(steps) < 1e9, abs(steps - steps.rounded()) < 1e-3 else { return nil }
      return Int(steps.rounded())
    case .seconds(let step):
      let steps = (end - start) / Double(step)
      return abs(steps) < 1e9 && steps == steps.rounded() ? Int(steps) : nil
    case .weekdays:
      let (first, last) = (Self.date(start), Self.date(end))
      guard first.rest == last.rest, first.date.weekday < 5, last.date.weekday < 5 else { return nil }
      return Self.weekdayIndex(last.date) - Self.weekdayIndex(first.date)
    case .months(let step):
      let months = Self.date(end).date.months - Self.date(start).date.months
      return months % step == 0 ? months / step : nil
    }
  }

  /// The step that most neighbours have.
  ///
  /// - Parameter series: the times of each series, in order, without repetition.
  /// - Returns: nil where no series has two times.
  package static func most(of series: [[Double]], isCalendar: Bool) -> TimeStep? {
    let differences = series.flatMap { times in zip(times, times.dropFirst()).map { $1 - $0 } }.sorted()
    guard let least = differences.first else { return nil }
    guard isCalendar else {
      // Steps such as 0.1 differ in their last bits.
      return .number(tidy(mode(differences) { abs($0 - $1) <= 1e-6 * max(abs($0), abs($1)) }.value))
    }
    let (usual, count) = mode(differences) { $0 == $1 }
    if least >= Double(28 * day) {
      let dates = series.map { $0.map { date($0).date } }
      let all = dates.joined()
      let sameDay = Set(all.map(\.day)).count == 1 || all.allSatisfy(\.endsMonth)
      let wholeWeeks = differences.allSatisfy { $0.truncatingRemainder(dividingBy: Double(7 * day)) == 0 }
      if sameDay && !wholeWeeks || Double(count) < 0.9 * Double(differences.count) {
        let months = dates.flatMap { dates in zip(dates, dates.dropFirst()).map { $1.months - $0.months } }.sorted()
        return .months(max(1, mode(months) { $0 == $1 }.value))
      }
    }
    let days = series.joined().lazy.map { date($0).date.weekday }
    if usual == Double(day), differences.contains(Double(3 * day)), days.allSatisfy({ $0 < 5 }) { return .weekdays }
    return .seconds(max(1, Int(usual.rounded())))
  }

  /// A number without what lies beyond its ninth digit.
  static func tidy(_ x: Double) -> Double {
    guard x != 0, x.isFinite else { return x }
    let exponent = (Double.log(abs(x)) / Double.log(10)).rounded(.down)
    let factor = Double.power(10, 9 - exponent)
    let rounded = (x * factor).rounded() / factor
    return rounded.isFinite && rounded != 0 ? rounded : x
  }

  /// The most frequent of sorted values; the smallest of those that are equally frequent.
  private static func mode<T>(_ sorted: [T], _ same: (T, T) -> Bool) -> (value: T, count: Int) {
    var best = (value: sorted[0], count: 0)
    var run = (value: sorted[0], count: 0)
    for value in sorted {
      run = same(run.value, value) ? (run.value, run.count + 1) : (value, 1)
      if run.count > best.count { best = run }
    }
    return best
  }

  /// Steps of the season that such series usually have: a day of hours, a week of days, a year of weeks or months; 1
  /// where none is known.
  public var season: Int {
    switch self {
    case .number: return 1
    case .weekdays: return 5
    case .months(let step): return 12 % step == 0 ? 12 / step : 1
    case .seconds(let step):
      if step == Self.day { return 7 }
      if step == 7 * Self.day { return 52 }
      if step >= 60, step < Self.day, Self.day % step == 0 { return Self.day / step }
      return step < 60 && 3600 % step == 0 ? 3600 / step : 1
    }
  }
}

extension TimeStep: CustomStringConvertible {
  public var description: String {
    switch self {
    case .number(let step): return Int(exactly: step).map { "\($0)" } ?? "\(step)"
    case .weekdays: return "weekday"
    case .months(let step): return step == 1 ? "month" : step == 12 ? "year" : "\(step) months"
    case .seconds(let step):
      for (unit, name) in [(7 * Self.day, "week"), (Self.day, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
      where step % unit == 0 {
        return step == unit ? name : "\(step / unit) \(name)s"
      }
      return "\(step) seconds"
    }
  }
}
