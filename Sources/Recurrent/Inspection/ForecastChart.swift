import Tensors

/// Charts of forecasts and of backtests.
public enum ForecastChart {
  /// What came, and what is expected to come, with the interval of each step.
  ///
  /// - Parameters:
  ///   - times: of the steps that are forecast.
  ///   - intervals: of each step.
  ///   - level: their probability.
  ///   - history: how many steps of the past are shown.
  public static func forecast(
    _ series: TimeSeries, _ forecast: Forecast, times: [Double], intervals: [ClosedRange<Double>], level: Double,
    notation: TimeNotation, title: String, history: Int
  ) -> LineChart {
    let start = max(0, series.count - history)
    let past = (start..<series.count).map { LineChart.Point(x: series.times[$0], y: series.target[$0]) }
    // The forecast goes on from the last value.
    let last = past.last.map { [$0] } ?? []
    let ahead = zip(times, forecast.point).map { LineChart.Point(x: $0, y: $1) }
    let bandStart = last.map { ($0.x, $0.y...$0.y) }
    let shown = series.times[start..<series.count] + times
    return LineChart(
      title: title,
      lines: [LineChart.Line("history", .history, past), LineChart.Line("forecast", .forecast, last + ahead)],
      bands: [
        LineChart.Band(
          "\(percent(level)) interval", x: bandStart.map(\.0) + times, ranges: bandStart.map(\.1) + intervals)
      ], boundary: last.first?.x, labels: shown.map { ($0, notation.text($0)) })
  }

  /// What came, and what had been forecast for it: forecasts that do not overlap, the last ones of a backtest.
  ///
  /// - Parameters:
  ///   - most: steps that are shown at most.
  public static func backtest(
    _ series: TimeSeries, _ run: BacktestRun, level: Double, notation: TimeNotation, title: String, most: Int
  ) -> LineChart {
    let all = run.forecasts[series.name] ?? []
    let horizon = run.steps.count
    var chosen: [(forecast: Forecast, intervals: [ClosedRange<Double>])] = []
    for entry in all.reversed() {
      let isFree = chosen.last.map { entry.forecast.origin + horizon <= $0.forecast.origin } ?? true
      if isFree && (chosen.count + 1) * horizon <= max(horizon, most) { chosen.append(entry) }
    }
    chosen.reverse()
    let first = chosen.first?.forecast.origin ?? series.count
    let start = max(0, first - max(horizon, most / 4))
    let past = (start..<series.count).map { LineChart.Point(x: series.times[$0], y: series.target[$0]) }
    var (lines, bands) = ([LineChart.Line("outcome", .history, past)], [LineChart.Band]())
    for (forecast, intervals) in chosen {
      let steps = forecast.origin..<forecast.origin + horizon
      lines.append(
        LineChart.Line(
          "forecast", .forecast, zip(steps, forecast.point).map { LineChart.Point(x: series.times[$0], y: $1) }))
      bands.append(
        LineChart.Band("\(percent(level)) interval", x: steps.map { series.times[$0] }, ranges: intervals))
    }
    return LineChart(
      title: title, lines: lines, bands: bands, boundary: chosen.isEmpty ? nil : series.times[max(0, first - 1)],
      labels: (start..<series.count).map { (series.times[$0], notation.text(series.times[$0])) })
  }

  static func percent(_ level: Double) -> String {
    let value = (level * 1000).rounded() / 10
    return "\(Int(exactly: value).map(String.init) ?? "\(value)") %"
  }
}
