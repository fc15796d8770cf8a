import ArgumentParser
import Recurrent

extension Predict {
  /// The next steps of each series of a table, with their intervals.
  func predictSteps(_ folder: ModelFolder) throws {
    let trained = try forecasts.forecaster(folder)
    let table = try forecasts.read(path, trained, columns)
    for note in table.notes { StandardError.line(note) }
    let horizon = forecasts.horizon ?? trained.configuration.horizon
    let levels = Forecast.levels(interval: forecasts.level)
    var made: [String: (forecast: Forecast, times: [Double], intervals: [ClosedRange<Double>])] = [:]
    var rows: [[String]] = []
    for series in table.series {
      let (forecast, intervals) = try nextSteps(series, trained, horizon, levels)
      let last = series.times[series.count - 1]
      let times = (0..<horizon).map { step in
        series.count + step < series.times.count
          ? series.times[series.count + step] : table.step.advance(last, by: step + 1)
      }
      made[series.name] = (forecast, times, intervals)
      for step in 0..<horizon {
        let record = Step(
          series: table.columns.series == nil ? nil : series.name, time: table.notation.text(times[step]),
          step: step + 1, forecast: forecast.point[step], lower: intervals[step].lowerBound,
          upper: intervals[step].upperBound, level: forecasts.level)
        if json {
          try StandardOutput.line(JSONText.encode(record))
        } else {
          rows.append(record.cells)
        }
      }
    }
    if !json {
      let half = (1 - forecasts.level) / 2 * 100
      let target = table.columns.target ?? "forecast"
      let names = table.columns.series == nil ? [] : [table.columns.series ?? ""]
      let header = names + [table.columns.time ?? "step", target, "\(plain(half)) %", "\(plain(100 - half)) %"]
      for line in aligned([header] + rows) { StandardOutput.line(line) }
    }
    try forecasts.show(table.series) { series in
      guard let (forecast, times, intervals) = made[series.name] else { return nil }
      let name = series.name.isEmpty ? table.columns.target ?? "" : "\(table.columns.target ?? ""), \(series.name)"
      return ForecastChart.forecast(
        series, forecast, times: times, intervals: intervals, level: forecasts.level, notation: table.notation,
        title: "\(name): the next \(horizon) \(horizon == 1 ? "step" : "steps")",
        history: max(4 * horizon, 2 * trained.configuration.window))
    }
  }

  private func plain(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }

  private func nextSteps(
    _ series: TimeSeries, _ trained: TrainedForecaster, _ horizon: Int, _ levels: [Double]
  ) throws -> (Forecast, [ClosedRange<Double>]) {
    let profile = trained.profile(of: series, upTo: series.count)
    let calibration = trained.knows(series) ? series.firstStep(after: profile.trainedThrough) : series.count
    let first = forecasts.conformal ? max(1, min(calibration, series.count)) : series.count
    let all = try trained.forecasts(series, origins: Array(first...series.count), horizon: horizon, levels: levels)
    let item = Backtest.Item(series: series, profile: profile, first: series.count, calibration: first)
    let forecast = all[all.count - 1]
    guard forecasts.conformal else {
      return (forecast, (0..<horizon).map { forecast.interval(forecasts.level, step: $0) })
    }
    let intervals = RollingCalibration(level: forecasts.level, horizon: horizon).intervals([item], [all])[0]
    return (forecast, intervals[all.count - 1])
  }

  private struct Step: Encodable {
    var series: String?
    var time: String
    var step: Int
    var forecast: Double
    var lower: Double
    var upper: Double
    var level: Double

    var cells: [String] {
      (series.map { [$0] } ?? []) + [time] + [forecast, lower, upper].map { significant($0, digits: 6) }
    }
  }
}
