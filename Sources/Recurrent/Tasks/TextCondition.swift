/// What a language model is told beside the text: the columns of a table, as one vector. A label is one of several
/// features that is 1, a number is itself, scaled by the mean and the deviation of the rows of the table.
public struct TextCondition: Sendable, Hashable, Codable {
  public enum Column: Sendable, Hashable, Codable {
    case labels(name: String, labels: [String])
    case number(name: String, mean: Double, deviation: Double)

    public var name: String {
      switch self {
      case .labels(let name, _), .number(let name, _, _): name
      }
    }
  }

  public var columns: [Column]
  /// The column of the texts.
  public var text: String

  public init(columns: [Column], text: String) { (self.columns, self.text) = (columns, text) }

  /// Learns from the rows of a table.
  ///
  /// - Parameters:
  ///   - labels: names of columns of labels.
  ///   - numbers: names of columns of numbers.
  /// - Throws: `TableError`, `ConditionError`.
  public init(_ table: Table, labels: [String], numbers: [String], text: String) throws {
    columns = try labels.map { .labels(name: $0, labels: Set(try table.labels($0)).sorted()) }
    for name in numbers {
      let values = try zip(table.texts(name), table.lines).map { text, line in
        try ConditionError.number(text, name, place: "\(table.path):\(line)")
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      columns.append(.number(name: name, mean: mean, deviation: variance > 0 ? variance.squareRoot() : 1))
    }
    self.text = text
  }

  public var features: Int {
    columns.reduce(0) { sum, column in
      if case .labels(_, let labels) = column { sum + labels.count } else { sum + 1 }
    }
  }

  /// The vector for a value of each column.
  ///
  /// - Parameter place: where the values stand, for messages.
  public func vector(_ values: [String], place: String) throws(ConditionError) -> [Float] {
    guard values.count == columns.count else {
      throw .wrongCount(place: place, columns: columns.map(\.name), found: values.count)
    }
    var vector: [Float] = []
    for (column, value) in zip(columns, values) {
      switch column {
      case .labels(let name, let labels):
        guard let index = labels.firstIndex(of: value) else {
          throw .unknownLabel(place: place, column: name, value: value, labels: labels)
        }
        vector += labels.indices.map { $0 == index ? 1 : 0 }
      case .number(let name, let mean, let deviation):
        vector.append(Float((try ConditionError.number(value, name, place: place) - mean) / deviation))
      }
    }
    return vector
  }

  /// The texts of a table with their vectors; a text is one line.
  ///
  /// - Throws: `TableError`, `ConditionError`.
  public func rows(_ table: Table) throws -> [(text: String, vector: [Float])] {
    let texts = try table.texts(text)
    let values = try columns.map { column in
      if case .labels(let name, _) = column { try table.labels(name) } else { try table.texts(column.name) }
    }
    return try texts.indices.map { row in
      let line = texts[row].split(whereSeparator: \.isNewline).joined(separator: " ")
      return (line, try vector(values.map { $0[row] }, place: "\(table.path):\(table.lines[row])"))
    }
  }

  /// What is wrong with one that was read from a file; nil if nothing is.
  var flaw: String? {
    if columns.isEmpty || features == 0 || features > 1 << 20 { return "a condition of \(features) features" }
    for case .number(let name, let mean, let deviation) in columns
    where !mean.isFinite || !deviation.isFinite || deviation <= 0 {
      return "a scale of '\(name)' that is none"
    }
    return nil
  }
}

/// Why a language model cannot be told something.
public enum ConditionError: Error, Equatable, CustomStringConvertible {
  case missing(path: String, columns: [String])
  case unwanted(path: String)
  case wrongCount(place: String, columns: [String], found: Int)
  case unknownLabel(place: String, column: String, value: String, labels: [String])
  case notNumber(place: String, column: String, value: String)
  case fewRows(path: String, count: Int)

  public var description: String {
    switch self {
    case .missing(let path, let columns):
      "\(path) holds a language model that is told \(columns.joined(separator: ", ")) beside the text; use rnn generate with "
        + "--condition, or rnn evaluate with a table"
    case .unwanted(let path):
      "\(path) holds a language model that is told nothing beside the text; leave out --condition"
    case .wrongCount(let place, let columns, let found):
      "\(place): \(found) values, and the model is told \(columns.count): \(columns.joined(separator: ", ")); give a "
        + "--condition for each, in this order"
    case .unknownLabel(let place, let column, let value, let labels):
      "\(place): '\(value)' is none of the values of '\(column)' that the model was trained with ("
        + labels.prefix(20).joined(separator: ", ") + (labels.count > 20 ? ", ..." : "") + ")"
    case .notNumber(let place, let column, let value): "\(place): '\(value)' is not a number, as '\(column)' must be"
    case .fewRows(let path, let count):
      "\(path): \(count) rows are too few to train on and to hold some out; give more, or --validation 0"
    }
  }

  static func number(_ text: String, _ column: String, place: String) throws(ConditionError) -> Double {
    let trimmed = text.split(whereSeparator: \.isWhitespace).joined()
    guard let value = Double(trimmed), value.isFinite else {
      throw .notNumber(place: place, column: column, value: text)
    }
    return value
  }
}
