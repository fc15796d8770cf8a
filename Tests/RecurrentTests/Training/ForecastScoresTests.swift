import Recurrent
import Testing

@Suite struct ForecastScoresTests {
  @Test func scoresByHand() {
    var scores = ForecastScores()
    let flat = { (value: Double) in Array(repeating: value, count: ForecastScores.levels.count) }
    scores.add(outcome: 10, point: 8, quantiles: flat(8), interval: 7...9, unit: 2, naiveError: 4)
    scores.add(outcome: -3, point: -1, quantiles: flat(-1), interval: -4...0, unit: 4, naiveError: nil)
    scores.add(outcome: 0, point: 0, quantiles: flat(0), interval: 0...0, unit: 1, naiveError: 1)
    #expect(scores.count == 3)
    #expect(scores.mae == 4.0 / 3 && scores.rmse == (8.0 / 3).squareRoot())
    #expect(scores.scaledSquaredError == 1.25 / 3)
    let smape = (400.0 / 18 + 400.0 / 4) / 3
    #expect(abs(scores.smape - smape) < 1e-12)
    #expect(scores.mase == 0.25)
    #expect(scores.coverage == 2.0 / 3 && scores.intervalWidth == 2)
    // Of a forecast without spread it is the absolute error: levels are symmetric about one half.
    #expect(abs(scores.crps - 4.0 / 3) < 1e-12)
  }

  @Test func nothingScaled() {
    var scores = ForecastScores()
    #expect(scores.mae == 0 && scores.mase == nil)
    scores.add(outcome: 1, point: 1, quantiles: [], interval: 0...1, unit: 1, naiveError: nil)
    #expect(scores.mase == nil && scores.smape == 0)
  }
}
