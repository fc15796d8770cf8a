import Recurrent
import TestSupport
import Testing

@Suite struct TableJSONLinesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String) throws -> Table {
    try Table(reading: folder.write(text.utf8, to: "table.jsonl"))
  }

  @Test func valuesAsText() throws {
    let table = try read(
      #"{"text": "a\n\"é\" \u00e9 \ud83d\ude00", "label": 1, "score": -2.5}"# + "\r\n\n"
        + #"  {"label": true, "text": "", "tags": ["x", 2, "x", " y "]}"# + "\n"
        + #"{"text": "c", "label": 9007199254740993, "tags": [], "score": 1e300, "none": null}"#)
    #expect(table.columns == ["label", "score", "text", "tags", "none"])
    #expect(table.lines == [1, 3, 4])
    #expect(try table.texts("text") == ["a\n\"é\" é 😀", "", "c"])
    #expect(try table.labels("label") == ["1", "true", "9007199254740993"])
    #expect(table.rows.map { $0[1] } == [.text("-2.5"), .missing, .text("1e+300")])
    #expect(table.rows.map { $0[3] } == [.missing, .list(["x", "2", "x", " y "]), .list([])])
    let path = table.path
    #expect(throws: TableError.missingValue(path: path, line: 3, column: "score")) { try table.texts("score") }
    #expect(throws: TableError.missingValue(path: path, line: 1, column: "tags")) { try table.labelSets("tags") }
    let lists = try read(#"{"l": ["a", "b", "a"]}"# + "\n" + #"{"l": "c;d"}"# + "\n" + #"{"l": []}"#)
    #expect(try lists.labelSets("l") == [["a", "b"], ["c", "d"], []])
    #expect(throws: TableError.list(path: path, line: 1, column: "l")) { try lists.labels("l") }
  }

  @Test func whatIsNoObjectIsRefused() throws {
    let path = "\(folder.path)/table.jsonl"
    let deep = String(repeating: "[", count: 9000)
    for line in ["[1]", "{\"a\": 1", "1", "\"a\"", "{a: 1}", "{\"a\": 1} {\"a\": 2}", deep, "{\"a\": \(deep)"] {
      #expect(throws: TableError.notJSONObject(path: path, line: 2), "\(line.prefix(20))") {
        try read("{\"a\": 1}\n\(line)\n{\"a\": 1}")
      }
    }
    for value in ["{\"b\": 1}", "[[1]]", "[{}]", "[null]"] {
      #expect(throws: TableError.unsupportedValue(path: path, line: 2, column: "a")) {
        try read("{\"a\": 1}\n{\"a\": \(value)}")
      }
    }
  }

  @Test func everyCutIsReadOrRefused() throws {
    let text = #"{"text": "é\u00e9", "l": ["a", 1.5, true], "n": null}"# + "\n{\"text\": \"b\"}\n"
    let bytes = Array(text.utf8)
    for count in 0...bytes.count {
      let path = try folder.write(bytes[..<count], to: "cut.jsonl")
      do {
        let table = try Table(reading: path)
        #expect(table.rows.allSatisfy { $0.count == table.columns.count })
      } catch {
        #expect(error.description.contains("cut.jsonl"))
      }
    }
  }
}
