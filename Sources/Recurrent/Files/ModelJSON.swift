#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a model's JSON file is refused.
public enum ModelFileError: Error, Equatable, CustomStringConvertible {
  case file(FileError)
  case malformed(path: String, detail: String)
  case newerFormat(path: String, format: Int, known: Int)
  case otherTask(path: String, found: ModelTask, wanted: ModelTask)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let path, let detail):
      "\(path) is damaged: \(detail); restore it from a copy or train anew"
    case .newerFormat(let path, let format, let known):
      "\(path) has format \(format), and this program knows \(known) at most; use a newer rnn"
    case .otherTask(let path, let found, let wanted):
      "\(path) holds a \(found.rawValue), and this asks for a \(wanted.rawValue); name the folder of one"
    }
  }
}

/// JSON files of a model: read strictly (an unknown key is an error), written atomically.
public enum ModelJSON {
  public static let format = 1

  public static func read<T: Codable>(_ type: T.Type, from path: String) throws(ModelFileError) -> T {
    let file: MappedFile
    do { file = try MappedFile(path) } catch { throw .file(error) }
    let data = Data(file.contents)
    if let found = try? JSONDecoder().decode(Format.self, from: data), found.format > format {
      throw .newerFormat(path: path, format: found.format, known: format)
    }
    let value: T
    do { value = try JSONDecoder().decode(type, from: data) } catch {
      throw .malformed(path: path, detail: describe(error))
    }
    // What is written again and lacks a key that was there shows a key that nobody knows.
    if let again = try? JSONEncoder().encode(value), let extra = unknownKey(data, again) {
      throw .malformed(path: path, detail: "it has the unknown key '\(extra)'")
    }
    return value
  }

  /// The task that a configuration names, whatever else it holds.
  static func task(of path: String) throws(ModelFileError) -> String {
    let file: MappedFile
    do { file = try MappedFile(path) } catch { throw .file(error) }
    do { return try JSONDecoder().decode(Task.self, from: Data(file.contents)).task } catch {
      throw .malformed(path: path, detail: describe(error))
    }
  }

  public static func write(_ value: some Encodable, to path: String) throws(ModelFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { try AtomicFile.write(Array(try encoder.encode(value)) + [10], to: path) } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .malformed(path: path, detail: describe(error))
    }
  }

  private static func describe(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it has no '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind than expected"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not JSON" : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has an unknown value"
    default: "\(error)"
    }
  }

  /// The first key of an object anywhere in `data` that `again` does not have in the same place.
  private static func unknownKey(_ data: Data, _ again: Data) -> String? {
    guard let old = try? JSONDecoder().decode(Tree.self, from: data),
      let new = try? JSONDecoder().decode(Tree.self, from: again)
    else { return nil }
    return old.firstKey(missingIn: new, path: "")
  }

  private struct Format: Decodable { var format: Int }
  private struct Task: Decodable { var task: String }

  private indirect enum Tree: Decodable {
    case object([String: Tree])
    case array([Tree])
    case leaf

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let object = try? container.decode([String: Tree].self) {
        self = .object(object)
      } else if let array = try? container.decode([Tree].self) {
        self = .array(array)
      } else {
        self = .leaf
      }
    }

    func firstKey(missingIn other: Tree, path: String) -> String? {
      switch (self, other) {
      case (.object(let mine), .object(let theirs)):
        for (key, value) in mine.sorted(by: { $0.key < $1.key }) {
          guard let match = theirs[key] else { return path + key }
          if let missing = value.firstKey(missingIn: match, path: path + key + ".") { return missing }
        }
        return nil
      case (.array(let mine), .array(let theirs)):
        return zip(mine, theirs).lazy.compactMap { $0.firstKey(missingIn: $1, path: path) }.first
      default: return nil
      }
    }
  }
}
