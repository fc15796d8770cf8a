/// Time series of a table: one, or one for each name under a column.
public struct TimeSeriesTable: Sendable {
  /// What the user calls the file.
  public let path: String
  public let series: [TimeSeries]
  public let columns: TimeSeriesColumns
  public let notation: TimeNotation
  public let step: TimeStep
  /// What the user should know: of the file, of gaps, and of repeated times.
  public let notes: [String]

  /// Longest series that gaps may be filled up to, in steps for each row.
  private static let mostStepsPerRow = 1000

  /// - Parameters:
  ///   - step: of the model that will read them; nil to find it.
  /// - Throws: `TimeSeriesError`.
  public init(
    _ table: Table, columns: TimeSeriesColumns, gaps: GapRule = .missing, duplicates: DuplicateRule = .refuse,
    step trained: TimeStep? = nil
  ) throws(TimeSeriesError) {
    path = table.path
    var columns = columns
    let reader = try TimeSeriesRows(table, &columns)
    self.columns = columns
    notation = reader.notation
    var groups: [(name: String, rows: [Int])] = []
    var notes = [table.note].compactMap(\.self)
    for (name, rows) in reader.groups {
      groups.append((name, try Self.merged(reader, rows, name, duplicates, &notes)))
    }
    let found: TimeStep? =
      columns.time == nil
      ? .number(1)
      : TimeStep.most(of: groups.map { $0.rows.map { reader.times[$0] } }, isCalendar: reader.notation.isCalendar)
    if let trained, let found, gaps != .ignore, found != trained, !Self.fits(trained, groups.map(\.rows), reader) {
      throw .otherTimes(path: path, found: "\(found)", trained: "\(trained)")
    }
    step = trained ?? found ?? .number(1)
    var series: [TimeSeries] = []
    for (name, rows) in groups {
      // Of several series, one without a value says nothing about the others.
      if !rows.contains(where: { !reader.values[0][$0].isNaN }), groups.count > 1 {
        notes.append("\(Self.prefix(name))it has no value, and is left out")
        continue
      }
      series.append(try Self.filled(reader, rows, name, gaps, step, &notes))
    }
    if series.isEmpty { throw .noValues(path: path, series: groups[0].name) }
    self.series = series
    self.notes = Self.summarised(notes)
  }

  /// True if each series lies on whole steps.
  private static func fits(_ step: TimeStep, _ groups: [[Int]], _ reader: TimeSeriesRows) -> Bool {
    groups.allSatisfy { rows in
      zip(rows, rows.dropFirst()).allSatisfy { step.count(from: reader.times[$0], to: reader.times[$1]) != nil }
    }
  }

  /// The rows of a series, of those of one time one alone, which has their values.
  private static func merged(
    _ reader: TimeSeriesRows, _ rows: [Int], _ name: String, _ rule: DuplicateRule, _ notes: inout [String]
  ) throws(TimeSeriesError) -> [Int] {
    var result: [Int] = []
    var repeated: [Int] = []
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count, reader.times[rows[end]] == reader.times[rows[start]] { end += 1 }
      if end - start > 1 {
        let time = reader.notation.text(reader.times[rows[start]])
        if rule == .refuse {
          throw .repeatedTime(path: reader.path, line: reader.lines[rows[start + 1]], series: name, time: time)
        }
        repeated.append(rows[start])
        reader.merge(Array(rows[start..<end]), rule)
      }
      result.append(rows[start])
      start = end
    }
    if let first = repeated.first {
      notes.append(
        "\(prefix(name))\(repeated.count) repeated \(repeated.count == 1 ? "time" : "times"), the first "
          + "\(reader.notation.text(reader.times[first])): \(rule.rawValue) taken")
    }
    return result
  }

  private static func prefix(_ name: String) -> String { name.isEmpty ? "" : "series '\(name)': " }

  private static func filled(
    _ reader: TimeSeriesRows, _ rows: [Int], _ name: String, _ gaps: GapRule, _ step: TimeStep, _ notes: inout [String]
  ) throws(TimeSeriesError) -> TimeSeries {
    var times: [Double] = []
    var sources: [Int?] = []
    var (missing, places, first) = (0, 0, 0)
    for (index, row) in rows.enumerated() {
      let time = reader.times[row]
      if index > 0, gaps != .ignore {
        let before = reader.times[rows[index - 1]]
        guard let count = step.count(from: before, to: time), count > 0 else {
          throw .offStep(
            path: reader.path, line: reader.lines[row], series: name, time: reader.notation.text(time), step: "\(step)")
        }
        if count > 1 {
          if gaps == .refuse {
            throw .gap(
              path: reader.path, line: reader.lines[row], series: name, count: count - 1,
              time: reader.notation.text(time))
          }
          guard times.count + count <= mostStepsPerRow * rows.count else {
            throw .longGap(path: reader.path, series: name, count: times.count + count, step: "\(step)")
          }
          if places == 0 { first = row }
          (missing, places) = (missing + count - 1, places + 1)
          for skipped in 1..<count {
            times.append(step.advance(before, by: skipped))
            sources.append(gaps == .previous ? rows[index - 1] : nil)
          }
        }
      }
      times.append(time)
      sources.append(row)
    }
    if missing > 0 {
      notes.append(
        "\(prefix(name))\(missing) \(missing == 1 ? "step is" : "steps are") not there, in \(places) "
          + "\(places == 1 ? "place" : "places"), the first before \(reader.notation.text(reader.times[first])): taken "
          + "as "
          + (gaps == .previous ? "the value before" : "missing"))
    }
    func values(_ column: Int) -> [Double] { sources.map { $0.map { reader.values[column][$0] } ?? .nan } }
    let target = values(0)
    guard let last = target.lastIndex(where: { !$0.isNaN }) else { throw .noValues(path: reader.path, series: name) }
    let count = last + 1
    let past = reader.past.map { Array(values($0)[..<count]) }
    let known = reader.known.map(values)
    if known.isEmpty { times = Array(times[..<count]) }
    return TimeSeries(name: name, times: times, target: Array(target[..<count]), past: past, known: known)
  }

  /// Notes of many series in few lines.
  private static func summarised(_ notes: [String]) -> [String] {
    notes.count <= 8 ? notes : Array(notes[..<7]) + ["and \(notes.count - 7) notes more of this kind"]
  }
}
