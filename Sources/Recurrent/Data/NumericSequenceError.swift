/// Why a file of numeric sequences is refused.
public enum NumericSequenceError: Error, Equatable, CustomStringConvertible {
  case text(TextFileError)
  case table(TableError)
  case noSequences(path: String)
  case badHeader(path: String, line: Int, tag: String)
  case dataBeforeHeader(path: String, line: Int)
  case channels(path: String, line: Int, found: Int, expected: Int)
  case unequalChannels(path: String, line: Int, channel: Int, length: Int, first: Int)
  case length(path: String, line: Int, found: Int, expected: Int)
  case notANumber(path: String, line: Int, text: String)
  case badTimeStamp(path: String, line: Int, text: String)
  case repeatedTime(path: String, line: Int, series: String, time: String)
  case unknownLabel(path: String, line: Int, label: String, labels: [String])
  case changedLabel(path: String, line: Int, series: String, labels: [String])
  case noFeatures(path: String)

  public var description: String {
    switch self {
    case .text(let error): error.description
    case .table(let error): error.description
    case .noSequences(let path): "\(path): there are no sequences in it; name a file that has some"
    case .badHeader(let path, let line, let tag):
      "\(path):\(line): @\(tag) has no value that is known; write true, false or a number after it, as the .ts format has it"
    case .dataBeforeHeader(let path, let line):
      "\(path):\(line): this is neither a comment nor a header that begins with @, and there was no @data yet; put @data "
        + "before the sequences"
    case .channels(let path, let line, let found, let expected):
      "\(path):\(line): this sequence has \(found) dimensions where \(expected) are expected; put a colon between them and "
        + "before the label"
    case .unequalChannels(let path, let line, let channel, let length, let first):
      "\(path):\(line): dimension \(channel) has \(length) values where the first has \(first); fill it up with ?"
    case .length(let path, let line, let found, let expected):
      "\(path):\(line): this sequence has \(found) steps where the header promises \(expected); mend it, or write "
        + "@equalLength false"
    case .notANumber(let path, let line, let text):
      "\(path):\(line): '\(text)' is not a finite number; write ? or NaN for a missing value"
    case .badTimeStamp(let path, let line, let text):
      "\(path):\(line): '\(text)' is not a time whose order is clear; write a number, or year, month and day (2021-03-21 "
        + "or 2021-03-21 14:30:00)"
    case .repeatedTime(let path, let line, let series, let time):
      "\(path):\(line): series '\(series)' has the time \(time) twice; take one of the rows out"
    case .unknownLabel(let path, let line, let label, let labels):
      "\(path):\(line): the header does not name the label '\(label)', but \(labels.joined(separator: ", "))"
    case .changedLabel(let path, let line, let series, let labels):
      "\(path):\(line): series '\(series)' has several labels (\(labels.joined(separator: ", "))); give it one in all rows"
    case .noFeatures(let path): "\(path): no column is left for the features; name some"
    }
  }

  /// A number of a file; NaN if it is missing.
  static func number(_ text: String, path: String, line: Int) throws(NumericSequenceError) -> Float {
    if text == "?" || text.lowercased() == "nan" { return .nan }
    guard let number = Float(text), number.isFinite else { throw .notANumber(path: path, line: line, text: text) }
    return number
  }
}
