import Recurrent
import Tensors
import Testing

@Suite struct ExponentialSmoothingTests {
  private static func model(
    _ alpha: Double, _ beta: Double = 0, _ gamma: Double = 0, phi: Double = 0, trend: Double = 0,
    seasonal: [Double] = [0]
  ) -> SmoothingModel {
    SmoothingModel(
      alpha: alpha, beta: beta, gamma: gamma, phi: phi,
      start: SmoothingModel.State(level: 10, trend: trend, seasonal: seasonal), variance: 4)
  }

  @Test func levelByHand() {
    let model = Self.model(0.5)
    var state = model.start
    #expect(model.advance(&state, 12, step: 0) == 2 && state.level == 11)
    #expect(model.advance(&state, .nan, step: 1) == nil && state.level == 11)
    #expect(model.advance(&state, 7, step: 2) == -4 && state.level == 9)
    #expect(model.points(state, from: 3, 2) == [9, 9])
    // σ² (1 + (h - 1) α²)
    #expect(model.deviations(3) == [4, 5, 6].map { $0.squareRoot() })
    #expect(model.squaredError([12, .nan, 7]) == (20, 2))
  }

  @Test func trendAndSeasonByHand() {
    let model = Self.model(0.5, 0.25, 0.125, phi: 0.5, trend: 4, seasonal: [1, -1])
    var state = model.start
    // 10 + 2 + 1 = 13 is expected.
    #expect(model.advance(&state, 17, step: 0) == 4)
    #expect(state.level == 14 && state.trend == 3 && state.seasonal == [1.5, -1])
    // 14 and the damped trend: 1.5, 2.25, 2.625; and the season: -1, 1.5, -1.
    #expect(model.points(state, from: 1, 3) == [14.5, 17.75, 15.625])
    // c₁ = 0.5 + 0.25 · 0.5 and c₂ = 0.5 + 0.25 · 0.75 + 0.125.
    let squares: [Double] = [1, 1.390625, 2.05078125]
    for (deviation, square) in zip(model.deviations(3), squares) {
      #expect(abs(deviation - (4 * square).squareRoot()) < 1e-12)
    }
  }

  /// The variances of forecasts are those of paths that the model itself makes: 20,000 of them, within four standard
  /// deviations of a variance, 4 √(2 / 20,000).
  @Test func variancesAreThoseOfPaths() {
    let model = Self.model(0.6, 0.2, 0.3, phi: 0.9, trend: 1, seasonal: [2, 0, -2])
    var random = SequentialRandom(RandomKey(seed: 7))
    let points = model.points(model.start, from: 0, 5)
    var squares = [Double](repeating: 0, count: 5)
    for _ in 0..<20_000 {
      var state = model.start
      for step in 0..<5 {
        let value = model.points(state, from: step, 1)[0] + 2 * random.normal()
        squares[step] += (value - points[step]) * (value - points[step]) / 20_000
        _ = model.advance(&state, value, step: step)
      }
    }
    for (square, deviation) in zip(squares, model.deviations(5)) {
      #expect(abs(square / (deviation * deviation) - 1) < 0.04, "\(square) \(deviation)")
    }
  }

  /// No weight on a grid does better than those that are found.
  @Test func noWeightIsBetter() {
    var random = SequentialRandom(RandomKey(seed: 2))
    var (level, values) = (0.0, [Double]())
    for _ in 0..<200 {
      let error = random.normal()
      values.append(level + error)
      level += 0.3 * error
    }
    let best = SmoothingModel.best(values, season: 1)
    #expect(best.phi == 0 && abs(best.alpha - 0.3) < 0.2, "\(best.alpha)")
    let own = best.squaredError(values).sum
    for step in 1..<100 {
      var other = best
      other.alpha = Double(step) / 100
      #expect(own <= other.squaredError(values).sum * (1 + 1e-6), "\(step)")
    }
  }

  @Test func seasonsAndTrendsAreFound() {
    let values = (0..<60).map { 100 + 0.5 * Double($0) + [5.0, 0, -8, 3][$0 % 4] }
    let series = TimeSeries(target: values)
    let method = ExponentialSmoothing(fitting: [series.prefix(48)], season: 4)
    let own = method.forecasts(series, origins: [48], horizon: 8, levels: [0.5])[0]
    // A damped trend falls behind by (1 - φ) of it at each step, and more from step to step: 0.5 · 8 · 9 / 2 · 0.02 at
    // least.
    for (point, outcome) in zip(own.point, values[48...]) { #expect(abs(point - outcome) < 2, "\(point) \(outcome)") }
  }

  @Test(arguments: [[], [.nan], [3], [0, 0, 0, 0, 0], [1e9, 1e9, .nan, 1e9], [1e-9, 2e-9, 1e-9, 3e-9]])
  func shortAndFlatSeries(_ values: [Double]) {
    let series = TimeSeries(target: values + [1])
    let own = ExponentialSmoothing(fitting: [series.prefix(values.count)], season: 2).forecasts(
      series, origins: [max(1, values.count)], horizon: 3, levels: [0.05, 0.95])[0]
    #expect(own.point.allSatisfy(\.isFinite) && own.quantiles.joined().allSatisfy(\.isFinite))
    let other = TimeSeries(name: "unknown", target: [5, 6])
    #expect(
      ExponentialSmoothing(fitting: [series], season: 1).forecasts(other, origins: [2], horizon: 1, levels: [0.5])[0]
        .point[0].isFinite)
  }
}
