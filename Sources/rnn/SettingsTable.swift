#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON file of settings as names and values that a person reads.
enum SettingsTable {
  /// Keys that are no settings.
  private static let leftOut: Set = ["format", "task"]
  /// Keys whose settings are known without their names.
  private static let unnamed: Set = ["model", "classifier", "options", "shape"]

  static func rows(_ json: some Sequence<UInt8>) throws -> [(name: String, value: String)] {
    rows(try JSONDecoder().decode(JSONValue.self, from: Data(json)), under: "")
  }

  private static func rows(_ value: JSONValue, under path: String) -> [(name: String, value: String)] {
    guard case .object(let entries) = value, !value.isCase else {
      return [(path.isEmpty ? "value" : path, text(value))]
    }
    return entries.sorted { $0.key < $1.key }.filter { !leftOut.contains($0.key) }.flatMap { key, value in
      rows(value, under: unnamed.contains(key) ? path : path.isEmpty ? spelled(key) : path + " " + spelled(key))
    }
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "none"
    case .bool(let value): value ? "yes" : "no"
    case .integer(let value): grouped(value)
    case .number(let value): "\(value)"
    case .string(let value): value
    case .array(let values):
      values.prefix(mostValues).map(text).joined(separator: ", ")
        + (values.count > mostValues ? ", … (\(grouped(values.count)))" : "")
    case .object(let entries):
      // An enumeration's case, with what it carries; values without a label have an underscore in JSON.
      entries.sorted { $0.key < $1.key }.map { key, value in
        let text = text(value)
        return key.hasPrefix("_") ? text : text.isEmpty ? spelled(key) : spelled(key) + " " + text
      }.joined(separator: ", ")
    }
  }

  private static let mostValues = 12

  /// labelSmoothing becomes label smoothing.
  private static func spelled(_ key: String) -> String {
    key.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : $1 == "_" ? " " : String($1) }
  }
}

/// Any JSON.
private indirect enum JSONValue: Decodable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// An enumeration with what it carries, as Swift writes it: one key, with an object.
  var isCase: Bool {
    if case .object(let entries) = self, entries.count == 1, case .object? = entries.values.first { return true }
    return false
  }
}
