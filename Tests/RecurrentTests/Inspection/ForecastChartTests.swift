import Recurrent
import Testing

@Suite struct ForecastChartTests {
  private static let series = TimeSeries(target: (0..<40).map { Double($0 % 7) })

  @Test func theForecastGoesOnFromTheLastValue() {
    let forecast = Forecast(origin: 40, point: [1, 2], levels: [0.1, 0.9], quantiles: [[0, 2], [1, 4]])
    let chart = ForecastChart.forecast(
      Self.series, forecast, times: [40, 41], intervals: [0...2, 1...4], level: 0.8, notation: TimeNotation(.number),
      title: "x", history: 10)
    #expect(chart.lines[0].points.map(\.x) == (30..<40).map(Double.init))
    #expect(chart.lines[1].points == [.init(x: 39, y: 4), .init(x: 40, y: 1), .init(x: 41, y: 2)])
    #expect(chart.bands[0].ranges == [4...4, 0...2, 1...4] && chart.bands[0].name == "80 % interval")
    #expect(chart.boundary == 39 && chart.labels.map(\.text).last == "41")
  }

  /// The last forecasts that do not overlap.
  @Test func theBacktest() throws {
    let profile = SeriesProfile(
      fitting: Self.series.target, name: "", transform: .none, window: 1, season: 1, trainedThrough: 0,
      chosenThrough: 0)
    let walk = Backtest(
      items: [.init(series: Self.series, profile: profile, first: 20, calibration: 20)], horizon: 3, level: 0.95)
    let run = try walk.run(NaiveForecast.lastValue)
    let chart = ForecastChart.backtest(
      Self.series, run, level: 0.95, notation: TimeNotation(.number), title: "x", most: 9)
    #expect(chart.lines.dropFirst().map { $0.points.map(\.x) } == [[31, 32, 33], [34, 35, 36], [37, 38, 39]])
    #expect(chart.lines[1].points.allSatisfy { $0.y == Self.series.target[30] })
    #expect(chart.bands.count == 3 && chart.boundary == 30)
  }
}
