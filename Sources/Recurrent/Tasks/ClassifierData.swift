/// What a user's file holds for a classifier: texts or numeric sequences, and the names of their labels.
public struct ClassifierData: Sendable {
  public enum Items: Sendable {
    case texts([String])
    case sequences([NumericSequence], channels: [String])
  }

  public let path: String
  public let items: Items
  /// The labels of each item; nil where the file has none.
  public let labels: [[String]]?
  /// The line on which each item starts.
  public let lines: [Int]
  /// What the user should know of the file; nil if nothing.
  public let note: String?

  public var count: Int { lines.count }

  /// Reads a table of texts, a table of numeric sequences in long format (where `columns.series` is named), or a `.ts`
  /// file.
  ///
  /// - Parameters:
  ///   - labelled: false leaves labels out, where they are to be predicted.
  ///   - multiLabel: a row may have several labels, or none.
  /// - Throws: `TableError` or `NumericSequenceError`.
  public init(
    reading path: String, columns: ClassifierColumns, format: TableFormat? = nil, encoding: TextEncoding? = nil,
    labelled: Bool = true, multiLabel: Bool = false
  ) throws {
    self.path = path
    if path.hasSuffix(".ts") {
      let file = try NumericSequences(reading: path, encoding: encoding)
      (items, lines, note) = (
        .sequences(file.sequences, channels: file.channels), file.sequences.map(\.line), file.note
      )
      labels = labelled ? try Self.labels(of: file) : nil
      return
    }
    let table = try Table(reading: path, format: format, header: columns.header, encoding: encoding)
    if let series = columns.series {
      let file = try NumericSequences(
        table, series: series, time: columns.time, features: columns.features ?? [],
        label: labelled ? columns.label ?? "label" : nil)
      (items, lines, note) = (
        .sequences(file.sequences, channels: file.channels), file.sequences.map(\.line), file.note
      )
      labels = labelled ? try Self.labels(of: file) : nil
      return
    }
    items = .texts(try table.texts(columns.text ?? "text"))
    (lines, note) = (table.lines, table.note)
    let column = columns.label ?? "label"
    if !labelled {
      labels = nil
    } else if multiLabel {
      labels = try table.labelSets(column, separator: columns.separator.first ?? ";")
    } else {
      labels = try table.labels(column).map { [$0] }
    }
  }

  /// Lines of text, without labels.
  public init(path: String, texts: [String]) {
    (self.path, items, labels, note) = (path, .texts(texts), nil, nil)
    lines = Array(1...max(1, texts.count)).prefix(texts.count).map { $0 }
  }

  private init(_ all: ClassifierData, _ indices: [Int]) {
    path = all.path
    note = all.note
    lines = indices.map { all.lines[$0] }
    labels = all.labels.map { labels in indices.map { labels[$0] } }
    switch all.items {
    case .texts(let texts): items = .texts(indices.map { texts[$0] })
    case .sequences(let sequences, let channels): items = .sequences(indices.map { sequences[$0] }, channels: channels)
    }
  }

  /// The items at some indices.
  public func subset(_ indices: [Int]) -> ClassifierData { ClassifierData(self, indices) }

  private static func labels(of file: NumericSequences) throws -> [[String]] {
    try file.sequences.map { sequence in
      guard let label = sequence.label else {
        throw NumericSequenceError.table(.missingValue(path: file.path, line: sequence.line, column: "label"))
      }
      return [label]
    }
  }

  /// The names of all labels, in the order of the alphabet.
  public var labelNames: [String] { Set((labels ?? []).joined()).sorted() }

  /// The numbers of the labels of each item.
  /// - Throws: `ClassifierError.unknownLabel` for one that is not among `names`.
  public func classes(_ names: [String]) throws(ClassifierError) -> [[Int]] {
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var classes: [[Int]] = []
    for (index, labels) in (labels ?? Array(repeating: [], count: count)).enumerated() {
      var row: [Int] = []
      for label in labels {
        guard let number = numbers[label] else {
          throw .unknownLabel(path: path, line: lines[index], label: label, labels: names)
        }
        row.append(number)
      }
      classes.append(row.sorted())
    }
    return classes
  }

  /// The items as a classifier reads them.
  /// - Throws: `ClassifierError` where they are of another kind than it reads.
  public func steps(_ reading: ClassifierReading, _ tokenizer: Tokenizer?) throws -> LabelledSequences.Steps {
    switch items {
    case .texts(let texts):
      guard let tokenizer else { throw ClassifierError.readsVectors }
      return .tokens(try texts.map { try reading.tokens($0, tokenizer) })
    case .sequences(let sequences, let channels):
      guard let scaling = reading.scaling else { throw ClassifierError.readsText }
      guard channels.count == scaling.channels else {
        throw ClassifierError.channels(path: path, found: channels.count, expected: scaling.channels)
      }
      return .vectors(sequences.map { scaling($0) }, features: scaling.features)
    }
  }
}

extension Tokenizer {
  /// Makes a tokenizer from texts, each of which begins on a line of its own.
  ///
  /// - Parameter path: of a file that may be written meanwhile.
  public init(_ options: TokenizerOptions, texts: some Sequence<String>, scratch path: String) throws {
    var bytes: [UInt8] = []
    for text in texts { bytes += Array(text.utf8) + [10] }
    try AtomicFile.write(bytes, to: path)
    defer { AtomicFile.remove(path) }
    try self.init(options, corpus: Corpus([path]))
  }
}
