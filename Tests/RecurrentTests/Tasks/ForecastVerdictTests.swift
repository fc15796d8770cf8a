import Recurrent
import Tensors
import Testing

@Suite struct ForecastVerdictTests {
  /// Gives an outcome with an error of a given size. It has the outcomes from elsewhere, where no check can see them.
  struct Erring: ForecastMethod {
    let name: String
    let values: [Double]
    let size: Double

    func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
      origins.map { origin in
        let points = (0..<horizon).map { step in
          let place = origin + step
          return place < values.count ? values[place] + size * (1 + 0.1 * Double(place % 7)) : 0
        }
        return Forecast(
          origin: origin, point: points, levels: levels, quantiles: points.map { point in levels.map { _ in point } })
      }
    }
  }

  private func runs(_ sizes: [(String, Double)], count: Int) throws -> [BacktestRun] {
    var random = SequentialRandom(RandomKey(seed: 1))
    let values = (0..<count).map { _ in random.normal() }
    let profile = SeriesProfile(
      fitting: values, name: "", transform: .none, window: 1, season: 1, trainedThrough: 0, chosenThrough: 0)
    let walk = Backtest(
      items: [.init(series: TimeSeries(target: values), profile: profile, first: 10, calibration: 10)], horizon: 2)
    return try sizes.map { try walk.run(Erring(name: $0, values: values, size: $1)) }
  }

  @Test func sentences() throws {
    let all = try runs([("the model", 1), ("the last value", 2), ("drift", 0.5), ("copy", 1)], count: 80)
    func verdict(_ index: Int) -> ForecastVerdict { ForecastVerdict(all[0], against: all[index], stride: 1) }
    #expect(verdict(1).outcome == .better && abs(verdict(1).ratio - 0.5) < 1e-9)
    #expect(
      verdict(1).sentence("the model", "the last value")
        == "The model beats the last value: RMSE 50 % lower, p < 0.001.")
    #expect(verdict(2).outcome == .worse)
    #expect(
      verdict(2).sentence("the model", "drift")
        == "Drift beats the model, which has an RMSE 100 % higher, p < 0.001.")
    #expect(verdict(3).outcome == .undecided)
    #expect(
      verdict(3).sentence("the model", "copy")
        == "The model does not beat copy: the same RMSE, the forecasts do not differ.")
    #expect(
      ForecastVerdict.overall(all[0], Array(all[1...]), stride: 1)
        == "The model beats the last value, but not drift and copy.")
    #expect(ForecastVerdict.overall(all[0], [all[1]], stride: 1) == "The model beats every baseline.")
    #expect(
      ForecastVerdict.overall(all[1], [all[0], all[3]], stride: 1)
        == "Nothing beats the model: the last value is worse than it.")
    #expect(
      ForecastVerdict.overall(all[0], [all[3]], stride: 1) == "Nothing beats copy: the model cannot be told from it.")
  }

  /// Beside no error at all, no percentage says how much larger one is.
  @Test func forecastsWithoutAnError() throws {
    let all = try runs([("the model", 1), ("drift", 0)], count: 80)
    #expect(
      ForecastVerdict(all[0], against: all[1], stride: 1).sentence("the model", "drift")
        == "Drift beats the model: it has no error, p < 0.001.")
    #expect(
      ForecastVerdict(all[1], against: all[0], stride: 1).sentence("drift", "the model")
        == "Drift beats the model: RMSE 100 % lower, p < 0.001.")
  }

  @Test func fewStartsDecideNothing() throws {
    let all = try runs([("the model", 1), ("the last value", 9)], count: 17)
    let verdict = ForecastVerdict(all[0], against: all[1], stride: 1)
    #expect(verdict.outcome == .undecided)
    #expect(verdict.sentence("the model", "the last value").contains("6 starts are too few to tell"))
  }

  /// Noise is added up, and seasonal naive, drift, exponential smoothing and a method that reverts to the mean are no
  /// match for the last value. At level 0.01 of both sides, something is said to be better in one of 200 random walks.
  @Test func nothingBeatsARandomWalk() throws {
    struct Reverting: ForecastMethod {
      let name = "the model"
      func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
        NaiveForecast.lastValue.forecasts(series, origins: origins, horizon: horizon, levels: levels).map {
          Forecast(origin: $0.origin, point: $0.point.map { 0.97 * $0 }, levels: levels, quantiles: $0.quantiles)
        }
      }
    }
    var wrong: [String] = []
    for seed in 0..<20 {
      var random = SequentialRandom(RandomKey(seed: UInt64(seed), stream: 9))
      var level = 0.0
      let values = (0..<400).map { _ in
        level += random.normal()
        return level
      }
      let past = TimeSeries(target: Array(values[..<250]))
      let profile = SeriesProfile(
        fitting: past.target, name: "", transform: .none, window: 8, season: 7, trainedThrough: 0, chosenThrough: 0)
      let walk = Backtest(
        items: [.init(series: TimeSeries(target: values), profile: profile, first: 250, calibration: 250)], horizon: 5)
      let baselines = [
        try walk.run(NaiveForecast.lastValue), try walk.run(NaiveForecast.drift),
        try walk.run(NaiveForecast.seasonal(7)), try walk.run(ExponentialSmoothing(fitting: [past], season: 7)),
      ]
      let verdict = ForecastVerdict.overall(try walk.run(Reverting()), baselines, stride: 1)
      if !verdict.hasPrefix("Nothing beats the last value:") { wrong.append("\(seed): \(verdict)") }
    }
    #expect(wrong.isEmpty, "\(wrong)")
  }
}
