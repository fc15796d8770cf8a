#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Table {
  /// Reads a JSON object from each line that is not blank.
  static func jsonLines(_ file: TextFile) throws(TableError) -> ([String], [[Value]], [Int]) {
    let decoder = JSONDecoder()
    var columns: [String] = []
    var places: [String: Int] = [:]
    var rows: [[Value]] = []
    var lines: [Int] = []
    for (index, line) in file.lines.enumerated() where !line.trimmed.isEmpty {
      guard let object = try? decoder.decode([String: JSONValue].self, from: Data(line)) else {
        throw .notJSONObject(path: file.path, line: index + 1)
      }
      var row = [Value](repeating: .missing, count: columns.count)
      for (key, value) in object.sorted(by: { $0.key < $1.key }) {
        guard let value = value.value else {
          throw .unsupportedValue(path: file.path, line: index + 1, column: key)
        }
        if let place = places[key] {
          row[place] = value
        } else {
          places[key] = columns.count
          columns.append(key)
          row.append(value)
        }
      }
      rows.append(row)
      lines.append(index + 1)
    }
    // Rows before the first use of a key are filled up.
    return (columns, rows.map { $0 + Array(repeating: .missing, count: columns.count - $0.count) }, lines)
  }

  /// A JSON value as text: whole numbers without a point, others in the shortest form that gives the same `Double`.
  private struct JSONValue: Decodable {
    /// nil for an object, or a list of other than plain values.
    let value: Value?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        value = .missing
      } else if let text = Self.text(container) {
        value = .text(text)
      } else if let list = try? container.decode([JSONValue].self) {
        var texts: [String] = []
        for element in list {
          if case .text(let text) = element.value { texts.append(text) }
        }
        value = texts.count == list.count ? .list(texts) : nil
      } else {
        value = nil
      }
    }

    private static func text(_ container: any SingleValueDecodingContainer) -> String? {
      if let text = try? container.decode(String.self) { return text }
      if let truth = try? container.decode(Bool.self) { return "\(truth)" }
      if let number = try? container.decode(Int64.self) { return "\(number)" }
      return (try? container.decode(Double.self)).map { "\($0)" }
    }
  }
}
