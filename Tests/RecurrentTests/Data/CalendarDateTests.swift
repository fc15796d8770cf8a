import Foundation
import Recurrent
import Testing

/// Against the calendar of Foundation.
@Suite struct CalendarDateTests {
  @Test func everyDayOfFourCenturies() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    var before: CalendarDate?
    for days in stride(from: -40_000, through: 110_000, by: 1) {
      let date = CalendarDate(days: days)
      #expect(date.days == days)
      if let before { #expect(before.weekday == (date.weekday + 6) % 7) }
      before = date
      guard days % 97 == 0 else { continue }
      let parts = calendar.dateComponents(
        [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      #expect([date.year, date.month, date.day] == [parts.year, parts.month, parts.day])
      #expect((date.weekday + 1) % 7 + 1 == parts.weekday)
    }
  }

  @Test func daysThatThereAreNot() {
    #expect(CalendarDate(year: 2023, month: 2, day: 29) == nil && CalendarDate(year: 2024, month: 2, day: 29) != nil)
    #expect(CalendarDate(year: 1900, month: 2, day: 29) == nil && CalendarDate(year: 2000, month: 2, day: 29) != nil)
    for (year, month, day) in [(2021, 13, 1), (2021, 0, 1), (2021, 4, 31), (2021, 4, 0), (0, 1, 1), (10_000, 1, 1)] {
      #expect(CalendarDate(year: year, month: month, day: day) == nil)
    }
  }

  @Test func monthsLater() throws {
    func later(_ year: Int, _ month: Int, _ day: Int, _ count: Int) throws -> [Int] {
      let date = try #require(CalendarDate(year: year, month: month, day: day)).adding(months: count)
      return [date.year, date.month, date.day]
    }
    #expect(try later(2021, 1, 15, 13) == [2022, 2, 15])
    // The end of a month stays one, and a day that is not there is the last one.
    #expect(try later(2021, 1, 31, 1) == [2021, 2, 28] && later(2021, 2, 28, 1) == [2021, 3, 31])
    #expect(try later(2023, 12, 30, 2) == [2024, 2, 29])
    #expect(try later(2021, 3, 15, -15) == [2019, 12, 15])
    #expect(try #require(CalendarDate(year: 2024, month: 12, day: 31)).dayOfYear == 365)
  }
}
