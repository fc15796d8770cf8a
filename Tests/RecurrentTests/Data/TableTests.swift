import Recurrent
import TestSupport
import Testing

@Suite struct TableTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, _ name: String = "table.csv", format: TableFormat? = nil, header: Bool = true
  ) throws -> Table {
    try Table(reading: folder.write(text.utf8, to: name), format: format, header: header)
  }

  private func texts(_ table: Table) -> [[String]] {
    table.rows.map { row in row.map { if case .text(let text) = $0 { text } else { "\($0)" } } }
  }

  @Test func quotedFields() throws {
    let table = try read("a,b\n\"x,1\",\"two\r\nlines\"\n\n\"dou\"\"bled\"\"\",\"\"\nplain,say \"hi\"\n")
    #expect(table.columns == ["a", "b"])
    #expect(texts(table) == [["x,1", "two\r\nlines"], ["dou\"bled\"", ""], ["plain", "say \"hi\""]])
    #expect(table.lines == [2, 5, 6])
    #expect(try table.texts("b") == ["two\r\nlines", "", "say \"hi\""])
  }

  @Test func endsOfLinesAndByteOrderMarks() throws {
    for text in ["a,b\n1,2\n3,\n", "a,b\r\n1,2\r\n3,", "\u{FEFF}\"a\",b\r\n\r\n1,2\n3,\n\n\n", "a,b\r1,2\r3,\r"] {
      let table = try read(text)
      #expect(table.columns == ["a", "b"] && texts(table) == [["1", "2"], ["3", ""]], "\(text)")
    }
  }

  /// Whatever fields hold, they are read as they were written.
  @Test(arguments: [",", "\t", ";", "|"]) func roundTrip(_ delimiter: String) throws {
    var random = SequentialRandom(RandomKey(seed: 3))
    let pieces = ["a", "\"", delimiter, "\n", "\r\n", "é", " ", "\"\"", "\r", "\u{301}"]
    for _ in 0..<300 {
      let columns = Int.random(in: 2...4, using: &random)
      let rows = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        (0..<columns).map { _ in
          (0..<Int.random(in: 0...4, using: &random)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &random)]
          }.joined()
        }
      }
      let end = Bool.random(using: &random) ? "\n" : "\r\n"
      let text = rows.map { row in
        row.map { "\"" + $0.unicodeScalars.map { $0 == "\"" ? "\"\"" : "\($0)" }.joined() + "\"" }
          .joined(separator: delimiter) + end
      }.joined()
      // A carriage return alone ends lines only where there is no line feed.
      for quotes in [TableFormat.Quotes.strict, .lenient] {
        let byte = try #require(delimiter.utf8.first)
        let table = try read(text, format: .delimited(by: byte, quotes: quotes), header: false)
        // By scalars: two spellings of a character are different texts.
        #expect(texts(table).map { $0.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } }, "\(text)")
        #expect(table.columns == (1...columns).map(String.init))
      }
    }
  }

  @Test func quotesThatEncloseNothing() throws {
    let text = "a\tb\n\"open\tx\n\"quoted\" and more\ty\n\"two\nlines\"\tz\n\"\"\"\tw\n"
    let expected = [["\"open", "x"], ["\"quoted\" and more", "y"], ["two\nlines", "z"], ["\"\"\"", "w"]]
    let lenient = try read(text, "table.tsv")
    #expect(texts(lenient) == expected && lenient.lines == [2, 3, 4, 6])
    let none = try read("a\tb\n\"x\"\t\"y\n", format: .delimited(by: 9, quotes: .none))
    #expect(texts(none) == [["\"x\"", "\"y"]])
    let path = "\(folder.path)/table.csv"
    #expect(throws: TableError.textAfterQuotes(path: path, line: 3)) { try read("a,b\n\"x\ny\"z,1\n") }
    #expect(throws: TableError.openQuotes(path: path, line: 2)) { try read("a,b\n\"x,1\n2,3\n") }
  }

  @Test func unequalRowsAreRefused() throws {
    let path = "\(folder.path)/table.csv"
    #expect(throws: TableError.unequalRow(path: path, line: 4, fields: 1, columns: 2)) { try read("a,b\n\n1,2\n3\n") }
    #expect(throws: TableError.unequalRow(path: path, line: 5, fields: 3, columns: 2)) {
      try read("a,b\n1,\"2\n2\"\n\n3,4,5\n")
    }
    #expect(throws: TableError.noRows(path: path)) { try read("a,b\n") }
    #expect(throws: TableError.noRows(path: path)) { try read("\n\n") }
  }

  @Test func columnsByNameAndNumber() throws {
    let table = try read("a,2,a,d\n1,2,3,4\n5, 6 ,7,\n")
    let path = table.path
    #expect(try table.texts("d") == ["4", ""])
    #expect(try table.texts("2") == ["2", " 6 "], "a name goes before a number")
    #expect(try table.texts("1") == ["1", "5"])
    #expect(try table.texts("3") == ["3", "7"])
    #expect(throws: TableError.ambiguousColumn(path: path, name: "a", numbers: [1, 3])) { try table.texts("a") }
    for name in ["0", "5", "-1", "D", ""] {
      #expect(throws: TableError.unknownColumn(path: path, name: name, columns: ["a", "2", "a", "d"])) {
        try table.texts(name)
      }
    }
    #expect(try table.labels("2") == ["2", "6"])
    #expect(throws: TableError.missingValue(path: path, line: 3, column: "d")) { try table.labels("d") }
  }

  @Test func severalLabels() throws {
    let table = try read("text,labels\na,x; y ;x\nb,\nc,z\n")
    #expect(try table.labelSets("labels") == [["x", "y"], [], ["z"]])
    #expect(try table.labelSets("labels", separator: " ") == [["x;", "y", ";x"], [], ["z"]])
  }

  @Test(arguments: [
    ("csv", TableFormat.csv), ("TSV", .tsv), ("jsonl", .jsonLines), ("\t", .tsv),
    (";", .delimited(by: 0x3B, quotes: .strict)), ("é", nil), ("\"", nil), ("\n", nil), ("xls", nil), ("", nil),
  ])
  func formatsByName(_ name: String, _ format: TableFormat?) { #expect(TableFormat(name: name) == format) }

  @Test func formatsByExtensionOrLook() throws {
    for (name, text) in [
      ("x.CSV", "a\tb,c\n1\t2,3\n"), ("x.txt", "a b,c\n1\t2,3\n"), ("noextension", "a b,c\n1\t2,3\n"),
      ("x.tsv", "a,b\tc\n1,2\t3\n"), ("x.txt", "a,b\tc\n1,2\t3\n"), (".d/x", "a,b\tc\n1,2\t3\n"),
      ("x.jsonl", #"{"a": "b", "c": 3}"#), ("x", #" {"a": "b", "c": 3}"#),
    ] { #expect(try read(text, name).texts("c") == ["3"], "\(name)") }
  }

  /// However a file is cut, it is read or refused.
  @Test func everyCutIsReadOrRefused() throws {
    let bytes = Array("\u{FEFF}té,\"b\"\r\n\"x, \"\"1\",\"two\r\nlines é\"\r\n1,2\r\n".utf8)
    for count in 0...bytes.count {
      let path = try folder.write(bytes[..<count], to: "cut")
      for format in [TableFormat.csv, .tsv, .jsonLines, .delimited(by: 0x74, quotes: .none)] {
        for header in [true, false] {
          do {
            let table = try Table(reading: path, format: format, header: header)
            #expect(!table.rows.isEmpty && table.rows.allSatisfy { $0.count == table.columns.count })
          } catch {
            #expect(error.description.contains("cut"))
          }
        }
      }
    }
  }

  /// Fields that all begin with quotes which do not close are not looked through over and over: a quadratic reader takes
  /// minutes for this file.
  @Test func readingIsLinear() throws {
    let field = "\"a \"\"b\"\" \"c"
    let row = Array(repeating: field, count: 10).joined(separator: "\t") + "\n"
    let table = try read(String(repeating: row, count: 20_000), "x.tsv", header: false)
    #expect(table.rows.count == 20_000 && table.rows[19_999][9] == .text(field))
    let open = try read(String(repeating: "\"\"\"x\ty\n", count: 100_000), "x.tsv", header: false)
    #expect(open.rows.count == 100_000)
  }
}
