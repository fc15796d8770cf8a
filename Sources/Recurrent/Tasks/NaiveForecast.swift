import Tensors

/// Forecasts that need no training. Their intervals are those of normal errors, of which the size is that of the errors
/// one step ahead so far (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 5.5).
public enum NaiveForecast: ForecastMethod, Hashable {
  /// Everything stays as it is: the best forecast of a random walk. Deviation after h steps: σ √h.
  case lastValue
  /// The line from the first to the last value goes on. Deviation: σ √(h (1 + h / n)), of n differences.
  case drift
  /// What was a whole number of seasons ago comes again. Deviation: σ √k in the k-th season ahead.
  case seasonal(Int)

  public var name: String {
    switch self {
    case .lastValue: "the last value"
    case .drift: "drift"
    case .seasonal: "seasonal naive"
    }
  }

  public func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) -> [Forecast] {
    let z = levels.map(Double.normalQuantile)
    let season = if case .seasonal(let steps) = self { max(1, steps) } else { 1 }
    let past = ObservedPast(series.target, lag: season)
    return origins.map { origin in
      var (points, quantiles): ([Double], [[Double]]) = ([], [])
      let (last, at) = past.last(before: origin)
      let (first, start) = past.first
      let differences = Double(max(1, at - start))
      let slope = self == .drift && at > start ? (last - first) / differences : 0
      let square = past.meanSquare(before: origin)
      for step in 0..<horizon {
        let h = Double(origin + step - at)
        var (point, variance) = (last, square * h)
        switch self {
        case .lastValue: break
        case .drift:
          point = last + slope * h
          variance = max(0, square - slope * slope) * h * (1 + h / differences)
        case .seasonal:
          let rounds = step / season + 1
          point = past.value(at: origin + step - rounds * season, season: season) ?? last
          variance = square * Double(rounds)
        }
        points.append(point)
        quantiles.append(z.map { point + $0 * variance.squareRoot() })
      }
      return Forecast(origin: origin, point: points, levels: levels, quantiles: quantiles)
    }
  }
}

/// What has been seen of a series up to any of its steps.
private struct ObservedPast {
  private let values: [Double]
  /// The place of the last value up to each step; -1 before the first.
  private let places: [Int]
  /// Sums of the squares of differences over a lag, and how many there are, of the steps before each.
  private var squares = [0.0]
  private var counts = [0]

  init(_ values: [Double], lag: Int) {
    self.values = values
    var place = -1
    places = values.indices.map { index in
      if !values[index].isNaN { place = index }
      return place
    }
    for index in values.indices {
      let difference = index >= lag ? values[index] - values[index - lag] : .nan
      squares.append(squares[index] + (difference.isNaN ? 0 : difference * difference))
      counts.append(counts[index] + (difference.isNaN ? 0 : 1))
    }
  }

  /// The first value and its place; 0 where there is none.
  var first: (value: Double, place: Int) {
    values.firstIndex { !$0.isNaN }.map { (values[$0], $0) } ?? (0, 0)
  }

  func last(before origin: Int) -> (value: Double, place: Int) {
    let place = origin > 0 ? places[origin - 1] : -1
    return place < 0 ? (0, max(0, origin - 1)) : (values[place], place)
  }

  func meanSquare(before origin: Int) -> Double { squares[origin] / Double(max(1, counts[origin])) }

  /// The value at a place, or seasons before it where it is missing.
  func value(at place: Int, season: Int) -> Double? {
    var place = place
    while place >= 0 {
      if !values[place].isNaN { return values[place] }
      place -= season
    }
    return nil
  }
}
