import Tensors

/// Forecasts from one place of the past after another, each beside what came: how good a method is (walking forward, or
/// rolling-origin evaluation; Tashman 2000).
public struct Backtest: Sendable {
  /// A series, and from where on it is forecast.
  public struct Item: Sendable {
    public let series: TimeSeries
    public let profile: SeriesProfile
    /// Steps that have passed at the first forecast that is scored.
    public let first: Int
    /// The same of the first forecast by which intervals may be calibrated: the end of the training part.
    public let calibration: Int

    public init(series: TimeSeries, profile: SeriesProfile, first: Int, calibration: Int) {
      self.series = series
      self.profile = profile
      self.first = first
      self.calibration = calibration
    }
  }

  public let items: [Item]
  public let horizon: Int
  /// Steps from one start to the next.
  public let stride: Int
  /// The probability of the intervals.
  public let level: Double
  /// Calibrate intervals by what came of earlier forecasts.
  public let conformal: Bool

  public init(items: [Item], horizon: Int, stride: Int = 1, level: Double = 0.9, conformal: Bool = false) {
    precondition(horizon > 0 && stride > 0 && level > 0 && level < 1, "a backtest of \(horizon) steps")
    self.items = items
    self.horizon = horizon
    self.stride = stride
    self.level = level
    self.conformal = conformal
  }

  /// Places from which a whole horizon came later.
  public func origins(_ item: Item) -> [Int] {
    Array(Swift.stride(from: item.first, through: item.series.count - horizon, by: stride))
  }

  /// Starts of all series.
  public var starts: Int { items.reduce(0) { $0 + origins($1).count } }

  /// - Throws: `TimeSeriesError.leak` if a forecast changes when the future is taken away, and what the method throws.
  public func run(_ method: some ForecastMethod) throws -> BacktestRun {
    var run = BacktestRun(name: method.name, horizon: horizon)
    let levels = Forecast.levels(interval: level)
    var all: [[Forecast]] = []
    for item in items {
      let scored = origins(item)
      if scored.isEmpty {
        all.append([])
        continue
      }
      let earlier = conformal ? Array(max(1, min(item.calibration, item.first))..<item.first) : []
      let forecasts = try method.forecasts(
        item.series, origins: earlier + scored, horizon: horizon, levels: levels)
      try LeakCheck.check(method, item.series, forecasts, horizon: horizon, levels: levels)
      all.append(forecasts)
    }
    let intervals = intervals(all)
    for (index, item) in items.enumerated() {
      let scored = Set(origins(item))
      for (place, forecast) in all[index].enumerated() where scored.contains(forecast.origin) {
        run.add(forecast, intervals[index][place], of: item)
      }
    }
    return run
  }

  /// The interval of each step of each forecast: as it is, or calibrated.
  private func intervals(_ forecasts: [[Forecast]]) -> [[[ClosedRange<Double>]]] {
    if conformal { return RollingCalibration(level: level, horizon: horizon).intervals(items, forecasts) }
    return forecasts.map { $0.map { forecast in (0..<horizon).map { forecast.interval(level, step: $0) } } }
  }
}

/// What a method has achieved in a backtest.
public struct BacktestRun: Sendable {
  public let name: String
  public private(set) var scores = ForecastScores()
  /// By the step of the forecast.
  public private(set) var steps: [ForecastScores]
  /// The forecasts that were scored, of each series by its name, with the intervals of their steps.
  public private(set) var forecasts: [String: [(forecast: Forecast, intervals: [ClosedRange<Double>])]] = [:]
  /// The sum and count of squared errors in units of the series, by the time of the start.
  private var losses: [Double: (sum: Double, count: Int)] = [:]

  init(name: String, horizon: Int) {
    self.name = name
    steps = Array(repeating: ForecastScores(), count: horizon)
  }

  /// The mean squared error of the forecasts of each start, in units of the series, in the order of time. Series that
  /// start at the same time are taken together, as what befalls them is not independent.
  public var lossesInOrder: [Double] {
    losses.sorted { $0.key < $1.key }.map { $0.value.sum / Double($0.value.count) }
  }

  mutating func add(_ forecast: Forecast, _ intervals: [ClosedRange<Double>], of item: Backtest.Item) {
    let profile = item.profile
    for step in steps.indices {
      let outcome = item.series.target[forecast.origin + step]
      if outcome.isNaN { continue }
      let quantiles = ForecastScores.levels.map { forecast.quantile($0, step: step) }
      func add(_ scores: inout ForecastScores) {
        scores.add(
          outcome: outcome, point: forecast.point[step], quantiles: quantiles, interval: intervals[step],
          unit: profile.unit, naiveError: profile.naiveError)
      }
      add(&scores)
      add(&steps[step])
      let error = (outcome - forecast.point[step]) / profile.unit
      let time = item.series.times[forecast.origin - 1]
      let before = losses[time] ?? (0, 0)
      losses[time] = (before.sum + error * error, before.count + 1)
    }
    forecasts[item.series.name, default: []].append((forecast, intervals))
  }
}
