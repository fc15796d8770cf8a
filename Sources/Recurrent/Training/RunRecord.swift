#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How a run was begun, or gone on with: what one must know to repeat it.
public struct RunRecord: Sendable, Hashable, Codable {
  /// A file, or a folder of files, that was read.
  public struct DataFile: Sendable, Hashable, Codable {
    public var path: String
    /// nil for standard input.
    public var bytes: Int?

    /// - Returns: nil for a path where nothing is, as an option has it that takes a file or a number.
    public init?(_ path: String) {
      self.path = path
      guard path != "-" else { return }
      guard let corpus = try? Corpus([path]) else { return nil }
      bytes = corpus.byteCount
    }
  }

  /// The command, the program's name first.
  public var command: [String]
  /// The command's time, ISO 8601 in UTC.
  public var date: String
  public var version: String
  /// None where the run goes on with what it has.
  public var data: [DataFile]
  public var environment: RunEnvironment

  public init(command: [String], date: String, version: String, data: [DataFile], environment: RunEnvironment) {
    (self.command, self.date, self.version) = (command, date, version)
    (self.data, self.environment) = (data, environment)
  }
}

extension ModelFolder {
  /// Adds a record to those that the folder has.
  /// - Throws: `FileError` if it cannot be written.
  public func add(_ record: RunRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let earlier = (try? MappedFile(runs)).map { Array($0.contents) } ?? []
    try AtomicFile.write(earlier + Array(try encoder.encode(record)) + [10], to: runs)
  }

  /// In the order in which they were written; none in a folder without any.
  public func runRecords() -> [RunRecord] {
    guard let file = try? MappedFile(runs) else { return [] }
    return file.contents.split(separator: 10).compactMap { try? JSONDecoder().decode(RunRecord.self, from: Data($0)) }
  }
}
