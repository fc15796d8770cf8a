/// The numbers and times of a table, row by row, and which rows are of which series.
final class TimeSeriesRows {
  let path: String
  let lines: [Int]
  let times: [Double]
  let notation: TimeNotation
  /// `[column][row]`: the target, past covariates, known covariates.
  private(set) var values: [[Double]]
  /// Places of the past covariates in `values`, and of the known ones.
  let past: [Int]
  let known: [Int]
  /// The rows of each series in the order of time; series as they first occur.
  let groups: [(name: String, rows: [Int])]

  /// - Parameter columns: its target is filled in where only one column can be it.
  init(_ table: Table, _ columns: inout TimeSeriesColumns) throws(TimeSeriesError) {
    (path, lines) = (table.path, table.lines)
    let target = try Self.target(table, columns)
    columns.target = target
    let all = [columns.time, target, columns.series].compactMap(\.self) + columns.past + columns.known
    var seen: Set<Int> = []
    for column in all {
      let place = try Self.read { () throws(TableError) in try table.index(of: column) }
      if !seen.insert(place).inserted { throw .sameColumn(path: path, column: column) }
    }
    if let column = columns.time {
      let texts = try Self.read { () throws(TableError) in try table.texts(column) }
      switch TimeReader.column(texts, order: columns.order) {
      case .success(let found): (times, notation) = (found.times, found.notation)
      case .failure(let failure):
        let (line, text) = (table.lines[failure.row], texts[failure.row])
        throw failure.isAmbiguous
          ? .ambiguousDates(path: path, line: line, text: text) : .badTime(path: path, line: line, text: text)
      }
    } else {
      times = table.rows.indices.map { Double($0 + 1) }
      notation = TimeNotation(.number)
    }
    var values: [[Double]] = []
    for column in [target] + columns.past + columns.known { values.append(try Self.numbers(table, column)) }
    self.values = values
    past = Array(1..<1 + columns.past.count)
    known = Array(1 + columns.past.count..<values.count)
    let names = try columns.series.map { column throws(TimeSeriesError) in
      try Self.read { () throws(TableError) in try table.texts(column) }
    }
    var groups: [(name: String, rows: [Int])] = []
    var places: [String: Int] = [:]
    for row in table.rows.indices {
      let name = names?[row] ?? ""
      if let place = places[name] {
        groups[place].rows.append(row)
      } else {
        places[name] = groups.count
        groups.append((name, [row]))
      }
    }
    if columns.time != nil {
      let times = times
      for place in groups.indices { groups[place].rows.sort { (times[$0], $0) < (times[$1], $1) } }
    }
    self.groups = groups
  }

  private static func read<T>(_ body: () throws(TableError) -> T) throws(TimeSeriesError) -> T {
    do { return try body() } catch { throw .table(error) }
  }

  /// The column that is forecast: the one that is named, or the only one that is left.
  private static func target(_ table: Table, _ columns: TimeSeriesColumns) throws(TimeSeriesError) -> String {
    if let target = columns.target { return target }
    var taken: Set<Int> = []
    for column in [columns.time, columns.series].compactMap(\.self) + columns.past + columns.known {
      taken.insert(try read { () throws(TableError) in try table.index(of: column) })
    }
    let left = table.columns.indices.filter { !taken.contains($0) }
    guard left.count == 1 else { throw .noTarget(path: table.path, columns: left.map { table.columns[$0] }) }
    return table.columns[left[0]]
  }

  private static func numbers(_ table: Table, _ column: String) throws(TimeSeriesError) -> [Double] {
    let index = try read { () throws(TableError) in try table.index(of: column) }
    var result: [Double] = []
    result.reserveCapacity(table.rows.count)
    for (row, line) in zip(table.rows, table.lines) {
      switch row[index] {
      case .missing: result.append(.nan)
      case .list: throw .table(.list(path: table.path, line: line, column: column))
      case .text(let text):
        let trimmed = text.filter { !$0.isWhitespace }
        if ["", "?", "na", "nan", "null"].contains(trimmed.lowercased()) {
          result.append(.nan)
        } else if let number = Double(trimmed), abs(number) < 1e30 {
          result.append(number)
        } else {
          throw .notANumber(path: table.path, line: line, column: column, text: text)
        }
      }
    }
    return result
  }

  /// Gives the first of several rows of one time the values of all.
  func merge(_ rows: [Int], _ rule: DuplicateRule) {
    for column in values.indices {
      let all = rows.map { values[column][$0] }
      let present = all.filter { !$0.isNaN }
      values[column][rows[0]] =
        switch rule {
        case .refuse, .first: all[0]
        case .last: all[all.count - 1]
        case .mean: present.isEmpty ? .nan : present.reduce(0, +) / Double(present.count)
        case .sum: present.isEmpty ? .nan : present.reduce(0, +)
        }
    }
  }
}
