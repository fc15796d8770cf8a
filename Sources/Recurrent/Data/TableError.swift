/// Why a table, or a column of it, cannot be had.
public enum TableError: Error, Equatable, CustomStringConvertible {
  case text(TextFileError)
  case noRows(path: String)
  case unequalRow(path: String, line: Int, fields: Int, columns: Int)
  case openQuotes(path: String, line: Int)
  case textAfterQuotes(path: String, line: Int)
  case notJSONObject(path: String, line: Int)
  case unsupportedValue(path: String, line: Int, column: String)
  case unknownColumn(path: String, name: String, columns: [String])
  case ambiguousColumn(path: String, name: String, numbers: [Int])
  case missingValue(path: String, line: Int, column: String)
  case list(path: String, line: Int, column: String)

  public var description: String {
    switch self {
    case .text(let error): error.description
    case .noRows(let path): "\(path): the table has no rows; name a file that has some"
    case .unequalRow(let path, let line, let fields, let columns):
      "\(path):\(line): this row has \(fields) fields where the first has \(columns); put quotes around fields that hold "
        + "the delimiter, or name the right delimiter"
    case .openQuotes(let path, let line):
      "\(path):\(line): the quotes that open in this row are never closed; close them"
    case .textAfterQuotes(let path, let line):
      "\(path):\(line): there is text after closing quotes; double the quotes inside a quoted field"
    case .notJSONObject(let path, let line):
      "\(path):\(line): this line is not a JSON object; write one object, such as {\"text\": \"...\"}, on each line"
    case .unsupportedValue(let path, let line, let column):
      "\(path):\(line): the value of '\(column)' is neither text, a number, a truth value, null nor a list of such; leave "
        + "the key out or make it text"
    case .unknownColumn(let path, let name, let columns):
      "\(path) has no column '\(name)'; it has \(columns.map { "'\($0)'" }.joined(separator: ", ")), or numbers 1 to "
        + "\(columns.count)"
    case .ambiguousColumn(let path, let name, let numbers):
      "\(path) has \(numbers.count) columns '\(name)'; choose one by its number "
        + "(\(numbers.map(String.init).joined(separator: ", ")))"
    case .missingValue(let path, let line, let column):
      "\(path):\(line): there is no value for '\(column)'; give one or take the row out"
    case .list(let path, let line, let column):
      "\(path):\(line): '\(column)' holds a list, which only a column of several labels may"
    }
  }
}
