/// A report as headings, tables, pictures and commands, whatever it is written as.
struct ReportDocument {
  enum Block {
    case heading(String)
    case paragraph(String)
    /// Rows of as many cells as there are columns.
    case table(columns: [String], rows: [[String]])
    case properties([(name: String, value: String)])
    /// - name: of the file, where the format has its pictures beside it.
    case picture(name: String, svg: String, caption: String)
    /// A command that was run for the report, and what it printed.
    case run(command: [String], output: String)
    /// Commands that were run before, or are to be.
    case commands([String])
  }

  var title: String
  var blocks: [Block] = []

  mutating func section(_ title: String) { blocks.append(.heading(title)) }
  mutating func paragraph(_ text: String) { blocks.append(.paragraph(text)) }
  mutating func properties(_ rows: [(name: String, value: String)]) { blocks.append(.properties(rows)) }
  mutating func table(_ columns: [String], _ rows: [[String]]) { blocks.append(.table(columns: columns, rows: rows)) }
}

/// Arguments as a shell reads them.
enum ShellText {
  static func command(_ arguments: [String]) -> String { arguments.map(quoted).joined(separator: " ") }

  private static func quoted(_ argument: String) -> String {
    let plain =
      !argument.isEmpty
      && argument.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=,+@%".utf8.contains(byte)
        }
      }
    return plain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
