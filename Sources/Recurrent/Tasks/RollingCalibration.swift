import Tensors

/// Calibrates the intervals of each forecast by what had come, at its origin, of those before it.
public struct RollingCalibration: Sendable {
  let level: Double
  let horizon: Int

  public init(level: Double, horizon: Int) {
    self.level = level
    self.horizon = horizon
  }

  /// - Parameter forecasts: of each item, the earliest origin first.
  /// - Returns: an interval for each step of each of them.
  public func intervals(_ items: [Backtest.Item], _ forecasts: [[Forecast]]) -> [[[ClosedRange<Double>]]] {
    struct Outcome {
      var time: Double
      var item: Int
      var forecast: Int
      var step: Int
    }
    var outcomes: [Outcome] = []
    var origins: [(time: Double, item: Int, forecast: Int)] = []
    for (index, item) in items.enumerated() {
      for (place, forecast) in forecasts[index].enumerated() {
        origins.append((item.series.times[forecast.origin - 1], index, place))
        for step in 0..<min(horizon, item.series.count - forecast.origin)
        where !item.series.target[forecast.origin + step].isNaN {
          outcomes.append(
            Outcome(time: item.series.times[forecast.origin + step], item: index, forecast: place, step: step))
        }
      }
    }
    outcomes.sort { ($0.time, $0.item, $0.forecast, $0.step) < ($1.time, $1.item, $1.forecast, $1.step) }
    origins.sort { ($0.time, $0.item, $0.forecast) < ($1.time, $1.item, $1.forecast) }
    var calibration = ConformalIntervals(level: level, horizon: horizon)
    var result = forecasts.map { [[ClosedRange<Double>]](repeating: [], count: $0.count) }
    var known = 0
    for origin in origins {
      while known < outcomes.count, outcomes[known].time <= origin.time {
        let outcome = outcomes[known]
        let (item, forecast) = (items[outcome.item], forecasts[outcome.item][outcome.forecast])
        calibration.add(
          outcome: item.series.target[forecast.origin + outcome.step],
          interval: forecast.interval(level, step: outcome.step), step: outcome.step, unit: item.profile.unit)
        known += 1
      }
      let forecast = forecasts[origin.item][origin.forecast]
      result[origin.item][origin.forecast] = (0..<horizon).map { step in
        calibration.calibrated(
          forecast.interval(level, step: step), step: step, unit: items[origin.item].profile.unit)
      }
    }
    return result
  }
}
