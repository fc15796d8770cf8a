/// How a table is written in a file.
public enum TableFormat: Sendable, Hashable {
  /// What quotes at the start of a field mean.
  public enum Quotes: Sendable, Hashable {
    /// RFC 4180: they enclose the field, and anything but a delimiter after the closing ones is an error.
    case strict
    /// They enclose the field if the closing ones stand before a delimiter or the end of the line; otherwise they are
    /// characters like others. So are most quotes in tab-separated text.
    case lenient
    case none
  }

  /// Fields between delimiters (an ASCII character other than quotes and the ends of lines).
  case delimited(by: UInt8, quotes: Quotes)
  /// A JSON object on each line, its keys the columns.
  case jsonLines

  public static let csv = delimited(by: UInt8(ascii: ","), quotes: .strict)
  public static let tsv = delimited(by: UInt8(ascii: "\t"), quotes: .lenient)

  /// `csv`, `tsv`, `jsonl`, or a delimiter: one ASCII character such as `;` or `|`.
  public init?(name: String) {
    if let format = Self.named[name.lowercased()] {
      self = format
    } else if name == "\t" {
      self = .tsv
    } else {
      guard name.utf8.count == 1, let byte = name.utf8.first, byte >= 0x20, byte != UInt8(ascii: "\"") else {
        return nil
      }
      self = .delimited(by: byte, quotes: .strict)
    }
  }

  private static let named: [String: TableFormat] = [
    "csv": .csv, "tsv": .tsv, "tab": .tsv, "jsonl": .jsonLines, "ndjson": .jsonLines, "json": .jsonLines,
  ]

  /// The format that the extension of a path names; nil if it names none.
  public init?(path: String) {
    guard let dot = path.lastIndex(of: "."), let format = Self.named[path[dot...].dropFirst().lowercased()] else {
      return nil
    }
    self = format
  }

  /// The format that the extension of a path names, or else the one that the first line seems to be in.
  init(of file: TextFile) {
    let line = file.bytes.prefix { $0 != UInt8(ascii: "\n") }
    if let format = TableFormat(path: file.path) {
      self = format
    } else if line.trimmed.first == UInt8(ascii: "{") {
      self = .jsonLines
    } else {
      self = line.contains(UInt8(ascii: "\t")) ? .tsv : .csv
    }
  }
}
