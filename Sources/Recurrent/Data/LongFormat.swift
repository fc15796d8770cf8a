extension NumericSequences {
  /// Reads sequences from a table in long format, in which each row is one step of one series.
  ///
  /// - Parameters:
  ///   - series: the column that names the series; they come in the order in which they first occur.
  ///   - time: the column by which the steps of a series are put in order; nil for the order of rows.
  ///   - features: the columns of the channels; none for all that are left. An empty field, null, `?`, `NaN` or `NA` is a
  ///     missing value.
  ///   - label: a column that has the same label in all rows of a series; nil for none.
  public init(
    _ table: Table, series: String, time: String? = nil, features: [String] = [], label: String? = nil
  ) throws(NumericSequenceError) {
    let names = try Self.read { () throws(TableError) in try table.texts(series) }
    let times = try time.map { column throws(NumericSequenceError) in
      try Self.read { () throws(TableError) in try table.texts(column) }
    }
    let labels = try label.map { column throws(NumericSequenceError) in
      try Self.read { () throws(TableError) in try table.labels(column) }
    }
    let columns = try Self.read { () throws(TableError) in
      var taken: [Int] = []
      for column in features.isEmpty ? [series] + [time, label].compactMap(\.self) : features {
        taken.append(try table.index(of: column))
      }
      return features.isEmpty ? table.columns.indices.filter { !taken.contains($0) } : taken
    }
    if columns.isEmpty { throw .noFeatures(path: table.path) }
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for (row, name) in names.enumerated() {
      if let place = places[name] {
        groups[place].append(row)
      } else {
        places[name] = groups.count
        groups.append([row])
      }
    }
    var sequences: [NumericSequence] = []
    for group in groups {
      let name = names[group[0]]
      let steps = try times.map { times throws(NumericSequenceError) in
        try Self.inOrder(group, times: times, series: name, table: table)
      }
      var values: [Float] = []
      for row in steps ?? group {
        for column in columns { values.append(try Self.value(table, row: row, column: column)) }
      }
      let label = labels.map { $0[group[0]] }
      if let labels, let other = group.first(where: { labels[$0] != label }) {
        throw .changedLabel(
          path: table.path, line: table.lines[other], series: name, labels: [labels[group[0]], labels[other]])
      }
      sequences.append(
        NumericSequence(
          values: values, channels: columns.count, label: label, name: name, line: table.lines[group[0]]))
    }
    self.init(path: table.path, channels: columns.map { table.columns[$0] }, sequences: sequences, note: table.note)
  }

  private static func read<T>(_ body: () throws(TableError) -> T) throws(NumericSequenceError) -> T {
    do { return try body() } catch { throw .table(error) }
  }

  /// The rows of a series in the order of time.
  private static func inOrder(
    _ rows: [Int], times: [String], series: String, table: Table
  ) throws(NumericSequenceError) -> [Int] {
    var stamps: [(time: TimeStamp, row: Int)] = []
    for row in rows {
      guard let time = TimeStamp(times[row]) else {
        throw .badTimeStamp(path: table.path, line: table.lines[row], text: times[row])
      }
      stamps.append((time, row))
    }
    stamps.sort { $0.time < $1.time || ($0.time == $1.time && $0.row < $1.row) }
    for (one, other) in zip(stamps, stamps.dropFirst()) where one.time == other.time {
      throw .repeatedTime(path: table.path, line: table.lines[other.row], series: series, time: times[other.row])
    }
    return stamps.map(\.row)
  }

  private static func value(_ table: Table, row: Int, column: Int) throws(NumericSequenceError) -> Float {
    switch table.rows[row][column] {
    case .text(let text) where text.isEmpty || text == "NA": return .nan
    case .text(let text): return try NumericSequenceError.number(text, path: table.path, line: table.lines[row])
    case .missing: return .nan
    case .list: throw .table(.list(path: table.path, line: table.lines[row], column: table.columns[column]))
    }
  }
}
