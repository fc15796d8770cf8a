import Recurrent
import TestSupport
import Testing

@Suite struct TimeSeriesTableTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/x.csv" }

  private func read(
    _ text: String, _ columns: TimeSeriesColumns = TimeSeriesColumns(time: "t", target: "y"),
    gaps: GapRule = .missing, duplicates: DuplicateRule = .refuse, step: TimeStep? = nil
  ) throws -> TimeSeriesTable {
    try TimeSeriesTable(
      Table(reading: folder.write(text.utf8, to: "x.csv")), columns: columns, gaps: gaps, duplicates: duplicates,
      step: step)
  }

  /// Values with -99 for what is missing, which is equal to itself.
  private func values(_ values: [Double]) -> [Double] { values.map { $0.isNaN ? -99 : $0 } }

  @Test func rowsInOrderOfTime() throws {
    let table = try read("t,y\n2021.3.28,2\n2021.3.21,1\n2021.4.4,\n2021.4.11,4\n")
    #expect(table.series.count == 1 && table.step == .seconds(604_800) && table.notes.isEmpty)
    #expect(values(table.series[0].target) == [1, 2, -99, 4])
    #expect(table.notation.text(table.series[0].times[3]) == "2021.4.11")
  }

  @Test func severalSeriesWithCovariates() throws {
    let text = "id,t,y,a,b\nq,1,10,1,5\np,1,20,2,6\nq,2,11,NA,5\np,2,?,3,7\nq,3,12,4,8\np,3,,1,9\nq,4,,,10\n"
    let table = try read(text, TimeSeriesColumns(time: "t", target: "y", series: "id", past: ["a"], known: ["b"]))
    #expect(table.series.map(\.name) == ["q", "p"])
    #expect(table.series.map { values($0.target) } == [[10, 11, 12], [20]])
    #expect(table.series.map { values($0.past[0]) } == [[1, -99, 4], [2]])
    // What is known goes on beyond the last value.
    #expect(table.series.map { $0.known[0] } == [[5, 5, 8, 10], [6, 7, 9]])
    #expect(table.series.map(\.times) == [[1, 2, 3, 4], [1, 2, 3]])
  }

  static let gap = "t,y\n2021-01-01,1\n2021-01-02,2\n2021-01-05,5\n2021-01-06,6\n"

  @Test func gapsByChoice() throws {
    let missing = try read(Self.gap)
    #expect(values(missing.series[0].target) == [1, 2, -99, -99, 5, 6])
    #expect(missing.notes.count == 1 && missing.notes[0].contains("2 steps are not there, in 1 place"))
    #expect(try values(read(Self.gap, gaps: .previous).series[0].target) == [1, 2, 2, 2, 5, 6])
    let ignored = try read(Self.gap, gaps: .ignore)
    #expect(values(ignored.series[0].target) == [1, 2, 5, 6] && ignored.notes.isEmpty)
    #expect(throws: TimeSeriesError.gap(path: path, line: 4, series: "", count: 2, time: "2021-01-05")) {
      try read(Self.gap, gaps: .refuse)
    }
  }

  static let twice = "t,y\n1,1\n2,2\n2,4\n2,9\n3,3\n"

  @Test func repeatedTimesByChoice() throws {
    for (rule, wanted) in [(DuplicateRule.first, 2.0), (.last, 9), (.mean, 5), (.sum, 15)] {
      let table = try read(Self.twice, duplicates: rule)
      #expect(table.series[0].target == [1, wanted, 3])
      #expect(table.notes.count == 1 && table.notes[0].contains("1 repeated time"))
    }
    #expect(throws: TimeSeriesError.repeatedTime(path: path, line: 4, series: "", time: "2")) { try read(Self.twice) }
  }

  @Test func theOnlyColumnIsTheTarget() throws {
    let table = try read("t,y\n1,5\n2,6\n", TimeSeriesColumns(time: "t"))
    #expect(table.series[0].target == [5, 6] && table.columns.target == "y")
    #expect(try read("y\n5\n6\n", TimeSeriesColumns()).series[0].times == [1, 2])
    #expect(throws: TimeSeriesError.noTarget(path: path, columns: ["y", "z"])) {
      try read("t,y,z\n1,5,6\n", TimeSeriesColumns(time: "t"))
    }
  }

  @Test func whatIsRefused() throws {
    func refused(_ text: String, _ error: TimeSeriesError, _ columns: TimeSeriesColumns? = nil) {
      #expect(throws: error) { try read(text, columns ?? TimeSeriesColumns(time: "t", target: "y")) }
    }
    refused("t,y\n1,1\n2,one\n", .notANumber(path: path, line: 3, column: "y", text: "one"))
    refused("t,y\n1,1\n2,1e31\n", .notANumber(path: path, line: 3, column: "y", text: "1e31"))
    refused("t,y\n1,1\nsoon,1\n", .badTime(path: path, line: 3, text: "soon"))
    refused("t,y\n1/2/2021,1\n3/4/2021,1\n", .ambiguousDates(path: path, line: 2, text: "1/2/2021"))
    refused("t,y\n1,\n2,NA\n", .noValues(path: path, series: ""))
    refused(
      "t,y\n2021-01-01,1\n2021-01-02,1\n2021-01-03,1\n2021-01-04 12:00,1\n",
      .offStep(path: path, line: 5, series: "", time: "2021-01-04 12:00", step: "day"))
    refused("t,y\n1,1\n2,1\n1e9,1\n", .longGap(path: path, series: "", count: 1_000_000_000, step: "1"))
    refused("t,y\n1,1\n", .sameColumn(path: path, column: "y"), TimeSeriesColumns(time: "t", target: "y", past: ["y"]))
    refused(
      "t,y\n1,1\n", .table(.unknownColumn(path: path, name: "z", columns: ["t", "y"])),
      TimeSeriesColumns(time: "t", target: "z"))
    #expect(throws: TimeSeriesError.otherTimes(path: path, found: "2 days", trained: "week")) {
      try read("t,y\n2021-01-01,1\n2021-01-03,1\n2021-01-05,1\n", step: .seconds(604_800))
    }
  }

  @Test func aSeriesWithoutValuesIsLeftOut() throws {
    let columns = TimeSeriesColumns(time: "t", target: "y", series: "id")
    let table = try read("id,t,y\na,1,\nb,1,5\na,2,?\nb,2,6\n", columns)
    #expect(table.series.map(\.name) == ["b"] && table.notes == ["series 'a': it has no value, and is left out"])
    #expect(throws: TimeSeriesError.noValues(path: path, series: "a")) { try read("id,t,y\na,1,\nb,1,\n", columns) }
    #expect("\(TimeSeriesError.notPositive(series: "", value: -2, transform: "log"))".hasSuffix("--transform none"))
  }

  /// The model's steps are read from a table that has few rows.
  @Test func stepsOfTheModel() throws {
    let one = try read("t,y\n2021-01-01,1\n", step: .seconds(86_400))
    #expect(one.step == .seconds(86_400) && one.series[0].target == [1])
    let two = try read("t,y\n2021-01-01,1\n2021-01-03,3\n", step: .seconds(86_400))
    #expect(values(two.series[0].target) == [1, -99, 3])
  }

  @Test func everyCutIsReadOrRefused() throws {
    let bytes = Array("t,y\n2021-01-01,1\n2021-01-02 00:00,2.5\n2021-01-05,-3e2\n".utf8)
    for count in 0...bytes.count {
      let path = try folder.write(bytes[..<count], to: "cut.csv")
      do {
        let table = try TimeSeriesTable(Table(reading: path), columns: TimeSeriesColumns(time: "t", target: "y"))
        #expect(table.series.allSatisfy { !$0.target.isEmpty })
      } catch { #expect("\(error)".contains("cut.csv")) }
    }
  }
}
