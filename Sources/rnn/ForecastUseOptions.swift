import ArgumentParser
import Recurrent

/// How a forecaster is used on a table.
struct ForecastUseOptions: ParsableArguments {
  @Option(help: "Probability that an outcome lies in its interval.") var level = 0.9
  @Flag(help: "Widen or narrow intervals until as many of the outcomes since training lie in them as --level says.")
  var conformal = false
  @Option(help: "Steps to forecast (default: as many as at training; more with an autoregressive model alone).")
  var horizon: Int?
  @Option(help: "Paths that an autoregressive model draws for each forecast (default: 200).") var samples: Int?
  @Option(help: "Missing times: missing, previous, ignore or refuse (default: as at training).") var gaps: GapRule?
  @Option(help: "Several rows of one time: refuse, first, last, mean or sum (default: as at training).")
  var duplicates: DuplicateRule?
  @Option(help: "Write a chart as SVG to this file; of several series, to one for each of the first 20.")
  var plot: String?
  @Flag(help: "Show the chart in the terminal.") var chart = false

  /// Those that are given.
  var given: [String] {
    let options = [
      ("--level", level != 0.9), ("--conformal", conformal), ("--horizon", horizon != nil),
      ("--samples", samples != nil), ("--gaps", gaps != nil), ("--duplicates", duplicates != nil),
      ("--plot", plot != nil), ("--chart", chart),
    ]
    return options.filter(\.1).map(\.0)
  }

  func check() throws {
    try checkPositive([("horizon", horizon), ("samples", samples)])
    if let horizon, horizon > 10_000 { throw ValidationError("--horizon is \(horizon); it must be at most 10,000") }
    if let samples, samples > 100_000 { throw ValidationError("--samples is \(samples); it must be at most 100,000") }
    if !(level > 0 && level < 1) { throw ValidationError("--level is \(level); it must be above 0 and below 1") }
  }

  func forecaster(_ folder: ModelFolder) throws -> TrainedForecaster {
    var trained = try folder.forecaster()
    if let samples { trained.samples = samples }
    if case .quantile(let levels) = trained.configuration.distribution {
      // Of what lies beyond its outermost quantiles, such a model knows nothing.
      let widest = 1 - 2 * max(levels[0], 1 - levels[levels.count - 1])
      guard level <= widest + 1e-9 else {
        throw ValidationError(
          "--level is \(level), and \(folder.path) knows quantiles for \(significant(widest, digits: 3)) at most; train one "
            + "with wider ones (--distribution quantile:0.01,0.5,0.99), or with gaussian or student")
      }
    }
    return trained
  }

  /// Reads a table as it was read at training, unless options say otherwise.
  func read(_ path: String, _ trained: TrainedForecaster, _ columns: ColumnOptions) throws -> TimeSeriesTable {
    let own = try self.columns(trained.reading, columns)
    let table = try Table(reading: path, format: columns.format, header: own.header, encoding: columns.encoding)
    return try read(table, own, trained.reading)
  }

  /// - Parameter reading: says what gaps and repeated times become, unless options do.
  func read(_ table: Table, _ columns: TimeSeriesColumns, _ reading: ForecasterReading) throws -> TimeSeriesTable {
    try TimeSeriesTable(
      table, columns: columns, gaps: gaps ?? reading.gaps, duplicates: duplicates ?? reading.duplicates,
      step: reading.step)
  }

  /// Where things stand in a table.
  func columns(_ reading: ForecasterReading, _ columns: ColumnOptions) throws -> TimeSeriesColumns {
    for (option, isGiven) in [("--text", columns.text), ("--label", columns.label), ("--separator", columns.separator)]
    where isGiven != nil {
      throw ValidationError("\(option) is for classifiers, and this is a forecaster")
    }
    var own = reading.columns
    own.time = columns.time ?? own.time
    own.series = columns.series ?? own.series
    if let features = columns.features {
      own.past = namesBetweenCommas(features)
      guard own.past.count == reading.columns.past.count else {
        throw ValidationError(
          "--features names \(own.past.count) columns, and the model was trained with \(reading.columns.past.count)")
      }
    }
    if columns.noHeader { own.header = false }
    return own
  }

  /// Where the chart of a series goes.
  func plotPath(_ series: String, of count: Int) -> String? {
    guard let plot else { return nil }
    if count == 1 { return plot }
    let name = String(series.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" })
    guard let dot = plot.lastIndex(of: "."), !plot[dot...].contains("/") else { return "\(plot)-\(name)" }
    return "\(plot[..<dot])-\(name)\(plot[dot...])"
  }

  static let mostPlots = 20

  /// Writes charts, and shows them where that is asked for.
  ///
  /// - Parameter chart: of a series.
  func show(_ series: [TimeSeries], _ chart: (TimeSeries) -> LineChart?) throws {
    for one in series.prefix(Self.mostPlots) {
      guard plot != nil || self.chart, let drawn = chart(one) else { continue }
      if self.chart {
        let columns = StandardOutput.isTerminal ? StandardError.columns : 80
        for line in drawn.terminal(columns: columns, coloured: StandardOutput.isTerminal) { StandardOutput.line(line) }
        StandardOutput.line("")
      }
      if let path = plotPath(one.name, of: series.count) {
        try AtomicFile.write(Array(drawn.svg().utf8), to: path)
        StandardError.line("the chart is in \(path)")
      }
    }
  }
}

/// A number with about so many digits that mean something.
func significant(_ value: Double, digits: Int = 5) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  var (size, decimals) = (abs(value), digits - 1)
  if size >= 1e12 || size < 1e-4 {
    var exponent = 0
    while size >= 10 { (size, exponent) = (size / 10, exponent + 1) }
    while size < 1 { (size, exponent) = (size * 10, exponent - 1) }
    return fixed(value < 0 ? -size : size, digits - 1) + "e\(exponent)"
  }
  while size >= 10 && decimals > 0 { (size, decimals) = (size / 10, decimals - 1) }
  while size < 1 { (size, decimals) = (size * 10, decimals + 1) }
  return fixed(value, decimals)
}

/// Rows of cells as a table: the first column to the left, the others to the right.
func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : space + cell
    }
    return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
  }
}
