import Tensors

/// What is expected of the steps after a place in a series.
public struct Forecast: Sendable, Hashable {
  /// Steps that had passed: the first one forecast has this index.
  public let origin: Int
  /// The best single value for each step.
  public let point: [Double]
  /// Probabilities, in rising order.
  public let levels: [Double]
  /// What each step lies below with each of these probabilities, `[step][level]`.
  public let quantiles: [[Double]]

  public init(origin: Int, point: [Double], levels: [Double], quantiles: [[Double]]) {
    self.origin = origin
    self.point = point
    self.levels = levels
    self.quantiles = quantiles
  }

  /// A quantile of a step; between two levels on the line that joins them, beyond the outermost these.
  public func quantile(_ level: Double, step: Int) -> Double {
    QuantileOutput.interpolate(level, levels: levels, values: quantiles[step])
  }

  /// The interval in which a step should lie with a probability, as often below it as above.
  public func interval(_ level: Double, step: Int) -> ClosedRange<Double> {
    let (low, high) = (quantile((1 - level) / 2, step: step), quantile((1 + level) / 2, step: step))
    // A damaged model may give no numbers: then nothing is known.
    if low.isNaN || high.isNaN { return -Double.infinity...Double.infinity }
    return min(low, high)...max(low, high)
  }

  /// The levels that scores and an interval are made of, in rising order.
  public static func levels(interval: Double) -> [Double] {
    let ends = [(1 - interval) / 2, (1 + interval) / 2]
    let others = ForecastScores.levels.filter { level in !ends.contains { abs($0 - level) < 1e-9 } }
    return (others + ends).sorted()
  }
}

/// A way of forecasting. Whatever it is, a forecast may depend on what came before its origin, and on what is known in
/// advance, and on nothing else; `Backtest` checks that.
public protocol ForecastMethod: Sendable {
  /// As it stands in a sentence: "drift".
  var name: String { get }

  /// Forecasts from several places of a series.
  ///
  /// - Parameters:
  ///   - origins: how many steps have passed, each from 1 to the count of the series.
  ///   - horizon: steps to forecast.
  ///   - levels: of the quantiles, in rising order.
  /// - Returns: a forecast for each origin.
  func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) throws -> [Forecast]
}
