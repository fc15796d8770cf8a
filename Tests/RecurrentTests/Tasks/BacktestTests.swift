import Recurrent
import Synchronization
import Tensors
import Testing

/// Walking forward: what is scored, and that nobody looks ahead.
@Suite struct BacktestTests {
  /// Looks so many steps beyond the origin, where there are any.
  struct Peeking: ForecastMethod {
    let ahead: Int
    var name: String { "a method that looks \(ahead) ahead" }

    func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
      origins.map { origin in
        let place = min(series.count - 1, origin - 1 + ahead)
        let points = Array(repeating: series.target[place], count: horizon)
        return Forecast(
          origin: origin, point: points, levels: levels,
          quantiles: points.map { point in levels.map { point + $0 - 0.5 } })
      }
    }
  }

  /// Scales with a statistic of the whole series.
  struct ScaledByAll: ForecastMethod {
    let name = "a method that knows the mean"

    func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
      let mean = series.target.reduce(0, +) / Double(series.count)
      return NaiveForecast.lastValue.forecasts(series, origins: origins, horizon: horizon, levels: levels).map {
        Forecast(
          origin: $0.origin, point: $0.point.map { 0.9 * $0 + 0.1 * mean }, levels: levels, quantiles: $0.quantiles)
      }
    }
  }

  private static func walk(
    _ values: [Double], first: Int, horizon: Int, stride: Int = 1, conformal: Bool = false, calibration: Int? = nil
  ) -> Backtest {
    let series = TimeSeries(target: values)
    let profile = SeriesProfile(
      fitting: Array(values[..<first]), name: "", transform: .none, window: 1, season: 1, trainedThrough: 0,
      chosenThrough: 0)
    return Backtest(
      items: [.init(series: series, profile: profile, first: first, calibration: calibration ?? first)],
      horizon: horizon, stride: stride, level: 0.8, conformal: conformal)
  }

  private static let noise: [Double] = {
    var random = SequentialRandom(RandomKey(seed: 5))
    return (0..<60).map { _ in random.normal() }
  }()

  @Test func aLeakIsCaught() throws {
    let walk = Self.walk(Self.noise, first: 40, horizon: 3)
    for ahead in [1, 2, 3, 15] {
      #expect(throws: TimeSeriesError.self) { try walk.run(Peeking(ahead: ahead)) }
    }
    #expect(throws: TimeSeriesError.self) { try walk.run(ScaledByAll()) }
    _ = try walk.run(Peeking(ahead: 0))
    for method in [NaiveForecast.lastValue, .drift, .seasonal(4)] { _ = try walk.run(method) }
    _ = try walk.run(ExponentialSmoothing(fitting: [TimeSeries(target: Array(Self.noise[..<40]))], season: 4))
  }

  @Test func everyStartIsScored() throws {
    let values: [Double] = [0, 1, 3, 2, 5, .nan, 4, 8]
    let walk = Self.walk(values, first: 3, horizon: 2)
    #expect(walk.starts == 4 && walk.origins(walk.items[0]) == [3, 4, 5, 6])
    let run = try walk.run(NaiveForecast.lastValue)
    // From 3: 2 and 5 after 3. From 2: 5, and one that is missing. From 5: a missing one and 4. From 5 again: 4 and 8.
    let errors: [Double] = [1, 2, 3, 1, 1, 3]
    #expect(run.scores.count == 6 && abs(run.scores.mae - errors.reduce(0, +) / 6) < 1e-12)
    #expect(run.steps.map(\.count) == [3, 3])
    let unit = walk.items[0].profile.unit
    let losses = [2.5, 9, 1, 5].map { $0 / (unit * unit) }
    for (own, wanted) in zip(run.lossesInOrder, losses) { #expect(abs(own - wanted) < 1e-12) }
    #expect(Self.walk(values, first: 3, horizon: 2, stride: 2).starts == 2)
    #expect(Self.walk(values, first: 7, horizon: 2).starts == 0)
  }

  /// Intervals of one tenth of their width become wide enough, by outcomes that had come before each start alone.
  @Test func calibrationUsesThePast() throws {
    struct Narrow: ForecastMethod {
      let name = "narrow"
      func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
        origins.map { origin in
          Forecast(
            origin: origin, point: Array(repeating: 0, count: horizon), levels: levels,
            quantiles: Array(repeating: levels.map { 0.1 * Double.normalQuantile($0) }, count: horizon))
        }
      }
    }
    var random = SequentialRandom(RandomKey(seed: 6))
    let values = (0..<600).map { _ in random.normal() }
    let plain = try Self.walk(values, first: 200, horizon: 2).run(Narrow())
    #expect(plain.scores.coverage < 0.2)
    let walk = Self.walk(values, first: 200, horizon: 2, conformal: true, calibration: 100)
    let run = try walk.run(Narrow())
    // Four standard deviations of 399 outcomes of one step: 0.08.
    #expect(abs(run.scores.coverage - 0.8) < 0.08, "\(run.scores.coverage)")
    // Outcomes from the start on do not matter to its own interval.
    var changed = values
    for index in 200..<600 { changed[index] *= 50 }
    let other = try Self.walk(changed, first: 200, horizon: 2, conformal: true, calibration: 100).run(Narrow())
    #expect(run.forecasts[""]?[0].intervals == other.forecasts[""]?[0].intervals)
    #expect(run.forecasts[""]?[9].intervals != other.forecasts[""]?[9].intervals)
  }

  @Test func seriesThatStartTogetherAreTakenTogether() throws {
    let profile = SeriesProfile(
      fitting: [0, 1], name: "", transform: .none, window: 1, season: 1, trainedThrough: 0, chosenThrough: 0)
    let items = [[0.0, 1, 2, 3], [0.0, 1, 1, 1]].enumerated().map { index, values in
      Backtest.Item(series: TimeSeries(name: "\(index)", target: values), profile: profile, first: 2, calibration: 2)
    }
    let run = try Backtest(items: items, horizon: 1).run(NaiveForecast.lastValue)
    // Units of 1/2: squares 4 and 0 at each of two starts.
    #expect(run.lossesInOrder == [2, 2] && run.scores.count == 4)
  }
}
