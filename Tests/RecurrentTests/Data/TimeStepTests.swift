import Recurrent
import Testing

@Suite struct TimeStepTests {
  private static let day = 86_400.0

  private func times(_ texts: [String]) throws -> [Double] { try TimeReader.column(texts, order: nil).get().times }

  private func step(_ texts: [String]) throws -> TimeStep? {
    let (times, notation) = try TimeReader.column(texts, order: nil).get()
    return TimeStep.most(of: [times], isCalendar: notation.isCalendar)
  }

  @Test func stepsOfUsualTables() throws {
    #expect(try step(["2021.3.21", "2021.3.28", "2021.4.4"]) == .seconds(604_800))
    #expect(try step(["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30"]) == .months(1))
    #expect(try step(["2021-01-15", "2021-04-15", "2021-07-15"]) == .months(3))
    #expect(try step(["2019-01-01", "2020-01-01", "2021-01-01"]) == .months(12))
    #expect(try step(["2021-01-01 00:00", "2021-01-01 00:15", "2021-01-01 00:30"]) == .seconds(900))
    // A gap is no step.
    #expect(try step(["2021-01-01", "2021-01-02", "2021-01-06", "2021-01-07", "2021-01-08"]) == .seconds(86_400))
    // Four weeks are no month.
    #expect(try step(["2021-01-04", "2021-02-01", "2021-03-01", "2021-03-29"]) == .seconds(28 * 86_400))
    #expect(
      try step(["2021-03-18", "2021-03-19", "2021-03-22", "2021-03-23", "2021-03-24", "2021-03-25"]) == .weekdays)
    #expect(try step(["1", "1.1", "1.2", "1.3"]).map { "\($0)" }?.hasPrefix("0.1") == true)
    #expect(try step(["2021-01-01"]) == nil)
  }

  /// Counting and going are each other's inverse.
  @Test(arguments: [TimeStep.seconds(3600), .seconds(86_400), .weekdays, .months(1), .months(3), .number(0.25)])
  func countingAndGoing(_ step: TimeStep) throws {
    // A Friday.
    let start = try times(["2021-03-19"])[0]
    for count in [-700, -23, -1, 0, 1, 4, 5, 6, 77, 1000] {
      #expect(step.count(from: start, to: step.advance(start, by: count)) == count, "\(count)")
    }
    var time = start
    for count in 1...30 {
      time = step.advance(time, by: 1)
      #expect(time == step.advance(start, by: count))
    }
  }

  @Test func offTheGrid() throws {
    let all = try times(["2021-03-19", "2021-03-20", "2021-03-22 12:00"])
    #expect(TimeStep.weekdays.count(from: all[0], to: all[1]) == nil)
    #expect(TimeStep.seconds(86_400).count(from: all[0], to: all[2]) == nil)
    #expect(TimeStep.months(3).count(from: 0, to: 31 * Self.day) == nil)
    #expect(TimeStep.number(2).count(from: 0, to: 3) == nil)
    // From a Friday to the Monday after it.
    #expect(TimeStep.weekdays.advance(all[0], by: 1) == all[0] + 3 * Self.day)
  }

  @Test func seasons() {
    let seasons: [(TimeStep, Int)] = [
      (.seconds(3600), 24), (.seconds(900), 96), (.seconds(86_400), 7), (.seconds(604_800), 52), (.weekdays, 5),
      (.months(1), 12), (.months(3), 4), (.months(12), 1), (.number(1), 1), (.seconds(5000), 1),
    ]
    for (step, season) in seasons { #expect(step.season == season, "\(step)") }
    #expect(
      ["\(TimeStep.seconds(7200))", "\(TimeStep.months(1))", "\(TimeStep.number(1))"] == ["2 hours", "month", "1"])
  }
}
