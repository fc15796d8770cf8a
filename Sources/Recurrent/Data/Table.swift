/// A table of texts: a CSV, TSV or JSON Lines file.
///
///     let table = try Table(reading: "messages.tsv")
///     let texts = try table.texts("SMS"), labels = try table.labels("Label")
public struct Table: Sendable {
  /// What stands in a row under a column.
  public enum Value: Sendable, Hashable {
    case text(String)
    /// A list in JSON Lines.
    case list([String])
    /// Null, or no such key, in JSON Lines.
    case missing
  }

  /// What the user calls the file.
  public let path: String
  /// The names of the columns; their numbers from 1 where there is no header. In JSON Lines in the order in which keys
  /// first occur, those of one line by alphabet.
  public let columns: [String]
  /// `[row][column]`, each row as long as there are columns.
  public let rows: [[Value]]
  /// The line on which each row starts.
  public let lines: [Int]
  /// What the user should know, see `TextFile.note`.
  public let note: String?

  /// - Parameters:
  ///   - path: a file, a pipe, or `-` for standard input.
  ///   - format: nil to go by the extension of the path, or else by the look of the first line.
  ///   - header: whether the first row names the columns; without meaning in JSON Lines.
  ///   - encoding: nil to detect it.
  public init(
    reading path: String, format: TableFormat? = nil, header: Bool = true, encoding: TextEncoding? = nil
  ) throws(TableError) {
    let file: TextFile
    do { file = try TextFile(reading: path, encoding: encoding) } catch { throw .text(error) }
    self.path = file.path
    note = file.note
    switch format ?? TableFormat(of: file) {
    case .delimited(let delimiter, let quotes):
      (columns, rows, lines) = try Self.delimited(file, delimiter: delimiter, quotes: quotes, header: header)
    case .jsonLines:
      (columns, rows, lines) = try Self.jsonLines(file)
    }
    if rows.isEmpty { throw .noRows(path: self.path) }
  }

  private static func delimited(
    _ file: TextFile, delimiter: UInt8, quotes: TableFormat.Quotes, header: Bool
  ) throws(TableError) -> ([String], [[Value]], [Int]) {
    var reader = DelimitedReader(file, delimiter: delimiter, quotes: quotes)
    var columns: [String]?
    var rows: [[Value]] = []
    var lines: [Int] = []
    while let (line, fields) = try reader.next() {
      if let columns, fields.count != columns.count {
        throw .unequalRow(path: file.path, line: line, fields: fields.count, columns: columns.count)
      }
      if columns == nil {
        columns = header ? fields : fields.indices.map { "\($0 + 1)" }
        if header { continue }
      }
      rows.append(fields.map { .text($0) })
      lines.append(line)
    }
    return (columns ?? [], rows, lines)
  }

  /// The place of a column: by its name, or else by its number from 1.
  public func index(of column: String) throws(TableError) -> Int {
    let named = columns.indices.filter { columns[$0] == column }
    if named.count > 1 { throw .ambiguousColumn(path: path, name: column, numbers: named.map { $0 + 1 }) }
    if let index = named.first { return index }
    guard let number = Int(column), columns.indices.contains(number - 1) else {
      throw .unknownColumn(path: path, name: column, columns: columns)
    }
    return number - 1
  }

  /// The texts of a column, one for each row.
  public func texts(_ column: String) throws(TableError) -> [String] {
    let index = try index(of: column)
    var texts: [String] = []
    texts.reserveCapacity(rows.count)
    for (row, line) in zip(rows, lines) {
      switch row[index] {
      case .text(let text): texts.append(text)
      case .list: throw .list(path: path, line: line, column: column)
      case .missing: throw .missingValue(path: path, line: line, column: column)
      }
    }
    return texts
  }

  /// The label of each row, without white space around it; an empty one is an error.
  public func labels(_ column: String) throws(TableError) -> [String] {
    let labels = try texts(column).map(Self.trim)
    if let row = labels.firstIndex(of: "") { throw .missingValue(path: path, line: lines[row], column: column) }
    return labels
  }

  /// The labels of each row, of which there may be none or several: lists, or texts with a separator between labels.
  /// Each is given once, without white space around it.
  public func labelSets(_ column: String, separator: Character = ";") throws(TableError) -> [[String]] {
    let index = try index(of: column)
    var sets: [[String]] = []
    for (row, line) in zip(rows, lines) {
      var seen: Set<String> = [""]
      switch row[index] {
      case .text(let text):
        sets.append(text.split(separator: separator).map(Self.trim).filter { seen.insert($0).inserted })
      case .list(let list): sets.append(list.map(Self.trim).filter { seen.insert($0).inserted })
      case .missing: throw .missingValue(path: path, line: line, column: column)
      }
    }
    return sets
  }

  private static func trim(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
