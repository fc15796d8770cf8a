import Recurrent
import Testing

/// Times as people write them, read and written again.
@Suite struct TimeReaderTests {
  private func read(_ texts: [String], _ order: TimeNotation.Order? = nil) throws -> ([Double], TimeNotation) {
    try TimeReader.column(texts, order: order).get()
  }

  private static let day = 86_400.0
  /// 2021-03-21, by counting: 51 years with 13 leap days, and 31 + 28 + 20 days.
  private static let march = (51 * 365 + 13 + 79) * day

  @Test(arguments: [
    "2021.3.21", "2021-03-21", "2021/03/21", "2021/3/21", "20210321", "21.03.2021", "21/3/2021", "03/21/2021",
    "2021-03-21 00:00", "2021-03-21T00:00:00", "2021-03-21T00:00:00Z", "2021-03-21T00:00:00+09:00",
    "2021-03-21 00:00:00.500",
  ])
  func oneDay(_ text: String) throws {
    let (times, notation) = try read([text])
    #expect(times[0].rounded(.down) == Self.march)
    #expect(notation.text(times[0]) == text)
  }

  @Test func pointsWithSpaces() throws {
    let (times, notation) = try read(["2021. 3. 21", "2021.3.22.", "2021. 3. 23."])
    #expect(times == [0, 1, 2].map { Self.march + $0 * Self.day })
    #expect(notation.text(times[0]) == "2021.3.21")
  }

  @Test func timesOfDay() throws {
    let (times, notation) = try read(["2021-03-21 08:05", "2021-03-21 23:59:30"])
    #expect(times == [Self.march + 8 * 3600 + 300, Self.march + 86_370])
    #expect(notation.text(times[0]) == "2021-03-21 08:05:00")
    // Zones are brought to the first row's: at the same moment it is one o'clock there.
    let (moments, zoned) = try read(["2021-03-21T00:00:00+02:00", "2021-03-21T00:00:00+01:00", "2021-03-20T23:00:00Z"])
    #expect(moments == [Self.march, Self.march + 3600, Self.march + 3600])
    #expect(zoned.text(moments[1]) == "2021-03-21T01:00:00+02:00")
  }

  @Test func numbersAndMonths() throws {
    #expect(try read(["1", "2.5", "-3"]).0 == [1, 2.5, -3])
    #expect(try read(["1", "2.5"]).1.text(2) == "2")
    let (months, notation) = try read(["2021-03", "2021-04"])
    #expect(months[1] - months[0] == 31 * Self.day && notation.text(months[1]) == "2021-04")
    // Eight digits are dates where all can be.
    #expect(try read(["20210321", "20210322"]).0[1] == Self.march + Self.day)
    #expect(try read(["20210321", "20219999"]).0 == [20_210_321, 20_219_999])
  }

  @Test func theOrderThatFitsAll() throws {
    #expect(try read(["03/04/2021", "13/04/2021"]).1.order == .dayFirst)
    #expect(try read(["03/04/2021", "04/13/2021"]).1.order == .monthFirst)
    #expect(throws: TimeReader.Failure.self) { try read(["03/04/2021", "05/04/2021"]) }
    #expect(
      try read(["03/04/2021", "05/04/2021"], .monthFirst).0[1] - read(["03/04/2021"], .monthFirst).0[0] == 61 * Self.day
    )
  }

  @Test(arguments: [
    "", " ", "21.3.21", "2021-02-30", "2021-13-01", "2021-03-21 24:00", "2021-03-21 8", "2021-03-21T08:61",
    "Mar 2021", "2021-03-21 2 PM", "2021-03-21x", "nan", "inf", "1e400", "٣", "2021-03-21T08:00:00+25:00", "-", ".",
    "2021--3",
    "2021-03-21 08:00:00.", "99999999999999999999-1-1",
  ])
  func whatIsNoTime(_ text: String) {
    #expect(throws: TimeReader.Failure.self) { try read([text]) }
    guard case .failure(let failure) = TimeReader.column(["2021-03-20", text], order: nil) else {
      Issue.record("\(text) is read")
      return
    }
    #expect(failure.row == 1)
  }
}
