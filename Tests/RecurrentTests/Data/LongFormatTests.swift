import Recurrent
import TestSupport
import Testing

@Suite struct LongFormatTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, time: String? = nil, features: [String] = [], label: String? = nil
  ) throws -> NumericSequences {
    let table = try Table(reading: folder.write(text.utf8, to: "x.csv"))
    return try NumericSequences(table, series: "id", time: time, features: features, label: label)
  }

  private var path: String { "\(folder.path)/x.csv" }

  static let table = "id,t,x,y,kind\nb,2,1,2,k\na,1,3,4,m\nb,1,5,,k\nb,10,NA,?,k\na,-1,7,nan,m\n"

  @Test func rowsOfSeries() throws {
    func values(_ file: NumericSequences) -> [[Float]] {
      file.sequences.map { $0.values.map { $0.isNaN ? -99 : $0 } }
    }
    let file = try read(Self.table, time: "t", label: "kind")
    #expect(file.channels == ["x", "y"])
    #expect(file.sequences.map(\.name) == ["b", "a"] && file.sequences.map(\.label) == ["k", "m"])
    #expect(file.sequences.map(\.line) == [2, 3])
    #expect(values(file) == [[5, -99, 1, 2, -99, -99], [7, -99, 3, 4]])
    let rows = try read(Self.table, features: ["y"])
    #expect(rows.channels == ["y"] && rows.sequences[0].label == nil)
    #expect(values(rows) == [[2, -99, -99], [4, -99]])
  }

  @Test(arguments: [
    ["2021.3.9", "2021.3.21", "2021.10.1"], ["2021-03-09", "2021-03-09 08:00", "2021-03-09 10:00:00"],
    ["2021-03-09T10:00:00.25Z", "2021-03-09T10:00:00.5Z", "2021-03-09T10:00:01Z"], ["8:59", "9:00", "10:00"],
    ["-1.5", "0", "2e3"], ["2020", "2021", "20210101"], ["2021/3", "2021/11", "2022/1"],
  ])
  func timesInOrder(_ times: [String]) throws {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let file = try read("id,t,x\n" + order.map { "s,\(times[$0]),\($0)\n" }.joined(), time: "t")
      #expect(file.sequences[0].values == [0, 1, 2])
    }
  }

  @Test func whatIsNotClearIsRefused() throws {
    func refused(_ text: String, _ error: NumericSequenceError, label: String? = nil) {
      #expect(throws: error) { try read(text, time: "t", label: label) }
    }
    for time in ["21.3.2021", "3/21/2021", "Mar 2021", "2021-03-21 2 PM", "", "nan", "inf", "٣"] {
      refused("id,t,x\ns,1,1\ns,\(time),1\n", .badTimeStamp(path: path, line: 3, text: time))
    }
    refused("id,t,x\ns,1,1\ns,1.0,1\n", .repeatedTime(path: path, line: 3, series: "s", time: "1.0"))
    refused("id,t,x\ns,1,one\n", .notANumber(path: path, line: 2, text: "one"))
    refused("id,t\ns,1\n", .noFeatures(path: path))
    refused("id,x\ns,1\n", .table(.unknownColumn(path: path, name: "t", columns: ["id", "x"])))
    refused(
      "id,t,x,k\ns,1,1,a\ns,2,1,b\n", .changedLabel(path: path, line: 3, series: "s", labels: ["a", "b"]), label: "k")
  }

  @Test func everyCutIsReadOrRefused() throws {
    let bytes = Array(Self.table.utf8)
    for count in 0...bytes.count {
      let path = try folder.write(bytes[..<count], to: "cut.csv")
      do {
        let file = try NumericSequences(Table(reading: path), series: "id", time: "t", label: "kind")
        #expect(file.sequences.allSatisfy { $0.time > 0 })
      } catch { #expect("\(error)".contains("cut.csv")) }
    }
  }
}
