import Tensors

/// Exponential smoothing: level, damped trend and additive season of each series, whichever of these the training part
/// speaks for (Hyndman, Koehler, Ord and Snyder 2008; models A,N,N to A,Ad,A):
///
///     e_t = y_t - (l + φ b + s_{t-m})
///     l ← l + φ b + α e    b ← φ b + β e    s_t = s_{t-m} + γ e
///
/// A step whose value is missing has no error. Forecasts h steps ahead have the variance σ² (1 + Σ_{j<h} c_j²) with
/// c_j = α + β (φ + ... + φ^j) + γ [j is a whole number of seasons].
public struct ExponentialSmoothing: ForecastMethod {
  public let name = "exponential smoothing"
  private let models: [String: SmoothingModel]

  /// - Parameters:
  ///   - series: what models are fitted to: nothing that is to be forecast.
  ///   - season: steps; 1 for none.
  public init(fitting series: [TimeSeries], season: Int) {
    models = Dictionary(
      series.map { ($0.name, SmoothingModel.best($0.target, season: season)) }, uniquingKeysWith: { first, _ in first })
  }

  public func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
    let model = models[series.name] ?? SmoothingModel.best([], season: 1)
    let z = levels.map(Double.normalQuantile)
    let deviations = model.deviations(horizon)
    var state = model.start
    var made: [Int: Forecast] = [:]
    var passed = 0
    for origin in Set(origins).sorted() {
      while passed < origin {
        _ = model.advance(&state, series.target[passed], step: passed)
        passed += 1
      }
      let points = model.points(state, from: origin, horizon)
      made[origin] = Forecast(
        origin: origin, point: points, levels: levels,
        quantiles: zip(points, deviations).map { point, deviation in z.map { point + $0 * deviation } })
    }
    return origins.compactMap { made[$0] }
  }
}

/// One model and where it starts.
package struct SmoothingModel: Sendable {
  package struct State: Sendable {
    package var level: Double
    package var trend: Double
    /// By the step's remainder by the season; one 0 without a season.
    package var seasonal: [Double]

    package init(level: Double, trend: Double, seasonal: [Double]) {
      self.level = level
      self.trend = trend
      self.seasonal = seasonal
    }
  }

  package var alpha: Double
  package var beta: Double
  package var gamma: Double
  /// 0 without a trend.
  package var phi: Double
  package var start: State
  /// Of the errors one step ahead.
  package var variance: Double

  package init(alpha: Double, beta: Double, gamma: Double, phi: Double, start: State, variance: Double = 0) {
    self.alpha = alpha
    self.beta = beta
    self.gamma = gamma
    self.phi = phi
    self.start = start
    self.variance = variance
  }

  private var season: Int { start.seasonal.count }

  /// Takes a step and gives its error; nil where its value is missing.
  package func advance(_ state: inout State, _ value: Double, step: Int) -> Double? {
    let place = step % season
    let expected = state.level + phi * state.trend
    let error = value.isNaN ? 0 : value - expected - state.seasonal[place]
    state.level = expected + alpha * error
    state.trend = phi * state.trend + beta * error
    state.seasonal[place] += gamma * error
    return value.isNaN ? nil : error
  }

  package func points(_ state: State, from step: Int, _ horizon: Int) -> [Double] {
    var (damped, power) = (0.0, 1.0)
    return (0..<horizon).map { ahead in
      power *= phi
      damped += power
      return state.level + damped * state.trend + state.seasonal[(step + ahead) % season]
    }
  }

  package func deviations(_ horizon: Int) -> [Double] {
    var (sum, damped, power) = (1.0, 0.0, 1.0)
    return (0..<horizon).map { ahead in
      defer {
        power *= phi
        damped += power
        let c = alpha + beta * damped + ((ahead + 1) % season == 0 && season > 1 ? gamma : 0)
        sum += c * c
      }
      return (variance * sum).squareRoot()
    }
  }

  /// The sum of the squared errors over values, and how many there are.
  package func squaredError(_ values: [Double]) -> (sum: Double, count: Int) {
    var (state, sum, count) = (start, 0.0, 0)
    for (step, value) in values.enumerated() {
      guard let error = advance(&state, value, step: step) else { continue }
      sum += error * error
      count += 1
    }
    return (sum, count)
  }

  /// The model with the lowest information criterion of Akaike, corrected for small samples, with or without trend and
  /// season.
  package static func best(_ values: [Double], season: Int) -> SmoothingModel {
    let observed = values.filter { !$0.isNaN }
    var best: (model: SmoothingModel, criterion: Double)?
    for steps in season > 1 && values.count >= 2 * season ? [1, season] : [1] {
      for hasTrend in [false, true] {
        let model = fitted(values, start: initial(values, season: steps, hasTrend: hasTrend), hasTrend: hasTrend)
        let (sum, count) = model.squaredError(values)
        let k = Double(2 + (hasTrend ? 3 : 0) + (steps > 1 ? steps + 1 : 0) + 1)
        let n = Double(count)
        let isPlain = !hasTrend && steps == 1
        if n - k - 1 <= 0 && !isPlain { continue }
        let size = observed.reduce(0) { $0 + $1 * $1 } + 1e-300
        let criterion =
          n * Double.log(max(sum, 1e-20 * size) / max(1, n)) + 2 * k + 2 * k * (k + 1) / max(1, n - k - 1)
        if best == nil || criterion < best!.criterion { best = (model, criterion) }
      }
    }
    return best!.model
  }

  private static func initial(_ values: [Double], season: Int, hasTrend: Bool) -> State {
    let observed = values.filter { !$0.isNaN }
    guard let first = observed.first else { return State(level: 0, trend: 0, seasonal: [0]) }
    func mean(_ part: some Sequence<Double>) -> Double {
      let part = part.filter { !$0.isNaN }
      return part.isEmpty ? first : part.reduce(0, +) / Double(part.count)
    }
    guard season > 1 else {
      let steps = min(4, observed.count - 1)
      let trend = hasTrend && steps > 0 ? (observed[steps] - first) / Double(steps) : 0
      return State(level: first - trend, trend: trend, seasonal: [0])
    }
    let (one, two) = (values[..<season], values[season..<2 * season])
    let levels = (mean(one), mean(two))
    let seasonal = (0..<season).map { place in
      let differences = [one[place] - levels.0, two[season + place] - levels.1].filter { !$0.isNaN }
      return differences.isEmpty ? 0 : differences.reduce(0, +) / Double(differences.count)
    }
    return State(level: levels.0, trend: hasTrend ? (levels.1 - levels.0) / Double(season) : 0, seasonal: seasonal)
  }

  /// The weights with the smallest squared error, by a search over numbers that logistic functions bring to their
  /// ranges: α from 0 to 1, β from 0 to α, γ from 0 to 1 - α, φ from 0.8 to 0.98.
  private static func fitted(_ values: [Double], start: State, hasTrend: Bool) -> SmoothingModel {
    let seasonal = start.seasonal.count > 1
    func model(_ x: [Double]) -> SmoothingModel {
      func share(_ index: Int) -> Double { 1 / (1 + Double.exp(-max(-12, min(12, x[index])))) }
      let alpha = share(0)
      return SmoothingModel(
        alpha: alpha, beta: hasTrend ? alpha * share(1) : 0, gamma: seasonal ? (1 - alpha) * share(3) : 0,
        phi: hasTrend ? 0.8 + 0.18 * share(2) : 0, start: start)
    }
    let free = [0] + (hasTrend ? [1, 2] : []) + (seasonal ? [3] : [])
    let best = SimplexSearch.minimum(from: Array(repeating: 0, count: free.count)) { point in
      var x = [0.0, -2, 1, -2]
      for (index, value) in zip(free, point) { x[index] += value }
      return model(x).squaredError(values).sum
    }
    var x = [0.0, -2, 1, -2]
    for (index, value) in zip(free, best) { x[index] += value }
    var result = model(x)
    let (sum, count) = result.squaredError(values)
    result.variance = sum / Double(max(1, count - free.count))
    return result
  }
}
