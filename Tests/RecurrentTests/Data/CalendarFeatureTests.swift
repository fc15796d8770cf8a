import Foundation
import Recurrent
import Testing

@Suite struct CalendarFeatureTests {
  private func phases(_ text: String) throws -> [Double] {
    let time = try TimeReader.column([text], order: nil).get().times[0]
    return CalendarFeature.allCases.map { $0.phase(time) }
  }

  @Test func placesInTheirCycles() throws {
    // A Monday, the first of a month and of a year.
    #expect(try phases("2024-01-01") == [0, 0, 0, 0])
    let noon = try phases("2024-03-02 12:00")
    // A Saturday; 31 + 29 + 1 days after the start of a leap year.
    let wanted: [Double] = [0.5, 5.5 / 7, 1.5 / 31, 61.5 / 366]
    #expect(noon == wanted)
    let before: [Double] = [0.75, 2.75 / 7, 30.75 / 31, 364.75 / 365]
    #expect(try phases("1969-12-31 18:00") == before)
  }

  @Test func pointsOnCircles() {
    let values = CalendarFeature.values([.hour, .weekday], times: [6 * 3600, 12 * 3600])
    #expect(values.count == 8)
    let hours = [values[0], values[1], values[4], values[5]]
    for (value, wanted) in zip(hours, [1, 0, 0, -1]) { #expect(abs(Double(value) - Double(wanted)) < 1e-7) }
  }

  @Test func cyclesThatSuit() {
    let year = 365.25 * 86_400
    func suited(_ step: TimeStep, _ seconds: Double) -> [CalendarFeature] {
      CalendarFeature.suited(to: step, isCalendar: true, seconds: seconds)
    }
    #expect(suited(.seconds(3600), year) == [.hour, .weekday])
    #expect(suited(.seconds(3600), 3 * 86_400) == [.hour])
    #expect(suited(.seconds(86_400), 3 * year) == [.weekday, .yearDay])
    #expect(suited(.months(1), 2 * year) == [.yearDay] && suited(.months(12), 9 * year) == [])
    #expect(CalendarFeature.suited(to: .number(1), isCalendar: false, seconds: 1e12) == [])
  }
}
