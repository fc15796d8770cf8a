/// Where the two texts of a pair stand in a table, by name or by number from 1.
public struct PairColumns: Sendable, Hashable, Codable {
  /// Nil for `source`, or else for the first column.
  public var source: String?
  /// Nil for `target`, or else for the second column.
  public var target: String?
  /// The first row names the columns, even where none is asked for by name.
  public var header: Bool

  public init(source: String? = nil, target: String? = nil, header: Bool = false) {
    (self.source, self.target, self.header) = (source, target, header)
  }

  /// True if the first row of a table names its columns: a pair must not be lost as a header, nor a header become a pair.
  var hasHeader: Bool { header || [source, target].contains { $0.map { Int($0) == nil } ?? false } }
}

/// Texts and what they are to become, as they stand in a user's files.
public struct PairFile: Sendable, Hashable {
  public let path: String
  public let sources: [String]
  /// Nil where the file has sources alone.
  public let targets: [String]?
  /// The line on which each pair stands.
  public let lines: [Int]
  /// What the user should know of the files; nil if nothing.
  public let note: String?

  public var count: Int { sources.count }

  /// Reads a table with a pair in each row.
  ///
  /// - Parameter targeted: false reads sources alone.
  /// - Throws: `TableError`, or `PairError.columns` for a table of one column.
  public init(
    reading path: String, columns: PairColumns = PairColumns(), format: TableFormat? = nil,
    encoding: TextEncoding? = nil, targeted: Bool = true
  ) throws {
    let table = try Table(reading: path, format: format, header: columns.hasHeader, encoding: encoding)
    func texts(_ named: String?, _ name: String, _ number: Int) throws -> [String] {
      if let named { return try table.texts(named) }
      if table.columns.contains(name) { return try table.texts(name) }
      guard table.columns.count >= number else { throw PairError.columns(path: table.path) }
      return try table.texts(String(number))
    }
    self.path = table.path
    sources = try texts(columns.source, "source", 1)
    targets = targeted ? try texts(columns.target, "target", 2) : nil
    (lines, note) = (table.lines, table.note)
  }

  /// Reads two files that belong together line by line.
  ///
  /// - Parameter target: nil for sources alone.
  /// - Throws: `TextFileError`, or `PairError.unequalLines`.
  public init(source: String, target: String?, encoding: TextEncoding? = nil) throws {
    let file = try TextFile(reading: source, encoding: encoding)
    let other = try target.map { try TextFile(reading: $0, encoding: encoding) }
    path = file.path
    sources = file.lines.map(\.text)
    targets = other?.lines.map(\.text)
    lines = sources.indices.map { $0 + 1 }
    let notes = [file.note, other?.note].compactMap(\.self)
    note = notes.isEmpty ? nil : notes.joined(separator: "\n")
    if let other, let targets, targets.count != sources.count {
      throw PairError.unequalLines(
        source: file.path, lines: sources.count, target: other.path, targetLines: targets.count)
    }
  }

  private init(_ all: PairFile, _ indices: [Int]) {
    (path, note) = (all.path, all.note)
    sources = indices.map { all.sources[$0] }
    targets = all.targets.map { targets in indices.map { targets[$0] } }
    lines = indices.map { all.lines[$0] }
  }

  /// The pairs at some indices.
  public func subset(_ indices: [Int]) -> PairFile { PairFile(self, indices) }
}

/// Why there are no pairs to train on, or to measure with.
public enum PairError: Error, Equatable, CustomStringConvertible {
  case columns(path: String)
  case unequalLines(source: String, lines: Int, target: String, targetLines: Int)
  /// `count` sources that differ: pairs of one source stay together.
  case fewPairs(path: String, count: Int)
  case tooLong(path: String, most: Int)

  public var description: String {
    switch self {
    case .columns(let path):
      "\(path): a pair takes two columns, and the table has one; put a tab (or, in CSV, a comma) between the texts, or name "
        + "two files with --source and --target"
    case .unequalLines(let source, let lines, let target, let targetLines):
      "\(source) has \(lines) lines and \(target) \(targetLines); each line of the one must stand beside its line of the "
        + "other"
    case .fewPairs(let path, let count):
      "\(path): \(count) different \(count == 1 ? "source is" : "sources are") too few to train on and to hold some out; give "
        + "more pairs, or --validation 0"
    case .tooLong(let path, let most):
      "\(path): no pair has at most \(most) tokens on each side; raise --maximum-length"
    }
  }
}
