import Recurrent
import Tensors
import Testing

@Suite struct NaiveForecastTests {
  private let series = TimeSeries(target: [1, 4, 2, 5, 3, .nan, 4])
  private let levels = [0.1, 0.5, 0.9]

  private func forecast(_ method: NaiveForecast, _ origin: Int, _ horizon: Int = 3) -> Forecast {
    method.forecasts(series, origins: [origin], horizon: horizon, levels: levels)[0]
  }

  private func deviation(_ forecast: Forecast, _ step: Int) -> Double {
    (forecast.quantiles[step][2] - forecast.point[step]) / Double.normalQuantile(0.9)
  }

  private func near(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 } }

  @Test func theLastValueStays() {
    let own = forecast(.lastValue, 5)
    #expect(own.point == [3, 3, 3])
    // Differences 3, -2, 3, -2: a mean square of 26 / 4.
    #expect(near((0..<3).map { deviation(own, $0) }, [1, 2, 3].map { (6.5 * $0).squareRoot() }))
    #expect(own.quantiles[0][1] == 3)
    // The missing value is passed over, and lies a step back.
    let later = forecast(.lastValue, 6)
    #expect(later.point[0] == 3 && near([deviation(later, 0)], [(6.5 * 2).squareRoot()]))
    #expect(forecast(.lastValue, 1).point == [1, 1, 1])
  }

  @Test func theLineGoesOn() {
    let own = forecast(.drift, 5)
    #expect(near(own.point, [3.5, 4, 4.5]))
    // 26 / 4 less the square of the slope, over n = 4 differences.
    #expect(near((0..<2).map { deviation(own, $0) }, [1, 2].map { (6.25 * $0 * (1 + $0 / 4)).squareRoot() }))
    // Six steps for the whole way from 1 to 4.
    #expect(near(forecast(.drift, 7, 2).point, [4.5, 5]))
    #expect(forecast(.drift, 1).point == [1, 1, 1])
  }

  @Test func seasonsComeAgain() {
    let own = forecast(.seasonal(2), 5)
    #expect(own.point == [5, 3, 5])
    // Differences over two steps: 1, 1, 1.
    #expect(near((0..<3).map { deviation(own, $0) }, [1, 1, 2.0.squareRoot()]))
    // Where that step is missing, the one a season before it.
    #expect(forecast(.seasonal(2), 7, 2).point == [5, 4])
    #expect(forecast(.seasonal(9), 3, 1).point == [2])
    #expect(
      forecast(.seasonal(1), 5)
        == NaiveForecast.lastValue.forecasts(series, origins: [5], horizon: 3, levels: levels)[0])
  }

  @Test func nothingBefore() {
    let empty = TimeSeries(target: [.nan, .nan, 3])
    for method in [NaiveForecast.lastValue, .drift, .seasonal(2)] {
      let own = method.forecasts(empty, origins: [1, 2], horizon: 2, levels: levels)
      #expect(own.allSatisfy { $0.point == [0, 0] && $0.quantiles.joined().allSatisfy(\.isFinite) })
    }
  }
}
