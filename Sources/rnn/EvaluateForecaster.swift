import ArgumentParser
import Recurrent

/// What `rnn evaluate` asks of a backtest beside what forecasters are used with.
struct BacktestOptions: ParsableArguments {
  @Option(help: "Steps from one start to the next.") var stride = 1
  @Option(parsing: .singleValue, help: "Another forecaster to compare with; may be given several times.")
  var against: [String] = []

  var given: [String] { (stride == 1 ? [] : ["--stride"]) + (against.isEmpty ? [] : ["--against"]) }

  func check() throws { try checkPositive([("stride", stride)]) }
}

extension Evaluate {
  /// A walk through the steps that no model was trained on or chosen by, beside methods that need no training.
  func evaluateForecaster(_ folder: ModelFolder) throws {
    let trained = try forecasts.forecaster(folder)
    guard paths.count == 1 else { throw CommandError("name one table; \(paths.count) are given") }
    let own = try forecasts.columns(trained.reading, columns)
    // Once, since standard input can be read no more than that.
    let rows = try Table(reading: paths[0], format: columns.format, header: own.header, encoding: columns.encoding)
    let table = try forecasts.read(rows, own, trained.reading)
    if !quiet { for note in table.notes { StandardError.line(note) } }
    let horizon = forecasts.horizon ?? trained.configuration.horizon
    var others: [(name: String, model: TrainedForecaster)] = []
    for path in backtest.against {
      var other = try forecasts.forecaster(ModelFolder(path))
      other.name = path
      guard other.reading.columns.target == trained.reading.columns.target else {
        throw CommandError(
          "\(path) forecasts '\(other.reading.columns.target ?? "")', and \(folder.path) "
            + "'\(trained.reading.columns.target ?? "")'; compare models of the same column")
      }
      guard other.reading.step == trained.reading.step else {
        throw CommandError(
          "\(path) was trained on steps of \(other.reading.step), and \(folder.path) on steps of "
            + "\(trained.reading.step); compare models of the same steps")
      }
      others.append((path, other))
    }
    let (walk, past) = try walkForward(table, [trained] + others.map(\.model), horizon)
    let season = trained.reading.season
    var runs = [try walk.run(trained)]
    for (_, other) in others {
      // It may read other covariates of the same steps.
      var all = own
      (all.past, all.known) = (other.reading.columns.past, other.reading.columns.known)
      let series = try forecasts.read(rows, all, trained.reading).series
      runs.append(try walk.reading(series).run(other))
    }
    let smoothing = ExponentialSmoothing(fitting: past, season: season)
    let baselines = [
      ("last_value", try walk.run(NaiveForecast.lastValue)), ("drift", try walk.run(NaiveForecast.drift)),
      ("seasonal_naive", try walk.run(NaiveForecast.seasonal(season))),
      ("exponential_smoothing", try walk.run(smoothing)),
    ]
    let report = BacktestReport(
      walk: walk, model: runs[0], models: Array(zip(backtest.against, runs.dropFirst())), baselines: baselines,
      season: season)
    if json {
      try StandardOutput.line(JSONText.encode(report))
    } else {
      for line in report.lines(table, target: table.columns.target ?? "") { StandardOutput.line(line) }
    }
    try forecasts.show(walk.items.map(\.series)) { series in
      let name = series.name.isEmpty ? table.columns.target ?? "" : "\(table.columns.target ?? ""), \(series.name)"
      return ForecastChart.backtest(
        series, runs[0], level: forecasts.level, notation: table.notation,
        title: "\(name): forecasts of \(horizon) \(horizon == 1 ? "step" : "steps") and what came",
        most: max(8 * horizon, 40))
    }
  }

  /// The backtest of a table, and of each series what came before it.
  private func walkForward(
    _ table: TimeSeriesTable, _ models: [TrainedForecaster], _ horizon: Int
  ) throws -> (Backtest, [TimeSeries]) {
    var items: [Backtest.Item] = []
    var through = -Double.infinity
    var (short, unknown): ([String], [String]) = ([], [])
    for series in table.series {
      let isKnown = models[0].knows(series)
      // Of a series that training did not have, the first half gives its scale.
      var first = isKnown ? 1 : max(1, min(series.count / 2, series.count - horizon))
      let profile = models[0].profile(of: series, upTo: first)
      for model in models where model.knows(series) {
        let own = model.profile(of: series, upTo: first)
        first = max(first, series.firstStep(after: own.chosenThrough))
        through = max(through, own.chosenThrough)
      }
      if first + horizon > series.count {
        short.append(series.name)
        continue
      }
      if !isKnown { unknown.append(series.name) }
      let calibration = isKnown ? series.firstStep(after: profile.trainedThrough) : first
      items.append(Backtest.Item(series: series, profile: profile, first: first, calibration: max(1, calibration)))
    }
    guard !items.isEmpty else {
      throw TimeSeriesError.nothingNew(
        path: table.path, through: through.isFinite ? table.notation.text(through) : "its start")
    }
    if !quiet {
      note(
        short,
        "left out: too short for \(horizon) \(horizon == 1 ? "step" : "steps") after what was trained on and chosen by")
      if forecasts.conformal {
        note(unknown, "not in the training table, so --conformal calibrates by what comes in the walk alone")
      }
    }
    let walk = Backtest(
      items: items, horizon: horizon, stride: backtest.stride, level: forecasts.level, conformal: forecasts.conformal)
    return (walk, items.map { $0.series.prefix($0.first) })
  }
}

/// A line about some series, of which the first few are named.
private func note(_ series: [String], _ text: String) {
  guard !series.isEmpty else { return }
  let names = series.prefix(5).map { $0.isEmpty ? "the series" : $0 }.joined(separator: ", ")
  let more = series.count > 5 ? " and \(grouped(series.count - 5)) more" : ""
  StandardError.line("\(names)\(more): \(text)")
}

extension Backtest {
  /// The same walk through the same series with the covariates that another model reads.
  func reading(_ series: [TimeSeries]) -> Backtest {
    let named = Dictionary(series.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let own = items.compactMap { item in
      named[item.series.name].map {
        Item(series: $0, profile: item.profile, first: item.first, calibration: item.calibration)
      }
    }
    return Backtest(items: own, horizon: horizon, stride: stride, level: level, conformal: conformal)
  }
}
