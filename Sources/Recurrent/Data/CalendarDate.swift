/// A day of the Gregorian calendar, which counts backward without end (ISO 8601).
package struct CalendarDate: Hashable, Sendable {
  package var year: Int
  /// From 1.
  package var month: Int
  /// From 1.
  package var day: Int

  /// - Returns: nil for a day that there is not.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(year, month) else {
      return nil
    }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// The day that lies so many after 1970-01-01. Years are counted from March, so that the day of a leap year comes
  /// last; 400 of them have 146,097 days.
  package init(days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * ofYear + 2) / 153
    day = ofYear - (153 * fromMarch + 2) / 5 + 1
    month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  package var days: Int {
    let fromMarch = (month + 9) % 12
    let year = month <= 2 ? self.year - 1 : self.year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let ofYear = (153 * fromMarch + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
  }

  /// From 0 for Monday.
  package var weekday: Int { ((days + 3) % 7 + 7) % 7 }

  /// From 0 for 1 January.
  package var dayOfYear: Int {
    var first = self
    (first.month, first.day) = (1, 1)
    return days - first.days
  }

  /// Months since the year 0.
  var months: Int { year * 12 + month - 1 }

  var endsMonth: Bool { day == Self.days(year, month) }

  static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// Days of a month.
  static func days(_ year: Int, _ month: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// The same day so many months later, or the last of its month where there is no such day or this is one.
  package func adding(months count: Int) -> CalendarDate {
    let all = months + count
    var (result, year, month) = (self, all / 12, all % 12 + 1)
    if all < 0 && all % 12 != 0 { (year, month) = (year - 1, month + 12) }
    (result.year, result.month) = (year, month)
    let last = Self.days(year, month)
    result.day = endsMonth ? last : min(day, last)
    return result
  }
}
