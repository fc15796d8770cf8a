import Tensors

/// How far forecasts are from what came, over any number of series, starts and steps.
public struct ForecastScores: Sendable {
  /// Levels whose quantiles the ranked score is made of: 0.05, 0.1, ..., 0.95.
  public static let levels = (1...19).map { Double($0) / 20 }

  public private(set) var count = 0
  private var absolute = 0.0
  private var squared = 0.0
  private var scaledSquared = 0.0
  private var symmetric = 0.0
  private var scaledAbsolute = 0.0
  private var scaledCount = 0
  private var ranked = 0.0
  private var covered = 0
  private var width = 0.0

  public init() {}

  /// Takes note of an outcome.
  ///
  /// - Parameters:
  ///   - outcome: what came.
  ///   - point: what was forecast.
  ///   - quantiles: one for each of `levels`, in rising order.
  ///   - interval: in which the outcome should lie as often as its level says.
  ///   - unit: the standard deviation of the training part of the series.
  ///   - naiveError: the mean absolute error of its seasonal naive forecast there; nil if there is none.
  public mutating func add(
    outcome: Double, point: Double, quantiles: [Double], interval: ClosedRange<Double>, unit: Double,
    naiveError: Double?
  ) {
    let error = abs(outcome - point)
    count += 1
    absolute += error
    squared += error * error
    scaledSquared += (error / unit) * (error / unit)
    let size = abs(outcome) + abs(point)
    symmetric += size > 0 ? 200 * error / size : 0
    if let naiveError {
      scaledAbsolute += error / naiveError
      scaledCount += 1
    }
    ranked += RankedScore.quantiles(quantiles, levels: Self.levels, outcome: outcome)
    covered += interval.contains(outcome) ? 1 : 0
    width += interval.upperBound - interval.lowerBound
  }

  private var n: Double { Double(max(1, count)) }

  /// The mean absolute error.
  public var mae: Double { absolute / n }
  /// The root of the mean squared error.
  public var rmse: Double { (squared / n).squareRoot() }
  /// The mean squared error of series that are divided by the standard deviation of their training part.
  public var scaledSquaredError: Double { scaledSquared / n }
  /// The mean of 200 |y - f| / (|y| + |f|), in per cent; 0 where both are 0 (Makridakis 1993).
  public var smape: Double { symmetric / n }
  /// The mean absolute error as a multiple of what the seasonal naive forecast has on the training part one season
  /// ahead (Hyndman and Koehler 2006); nil where that is 0 in all series.
  public var mase: Double? { scaledCount == 0 ? nil : scaledAbsolute / Double(scaledCount) }
  /// The continuous ranked probability score, as the mean of twice the pinball losses of the quantiles.
  public var crps: Double { ranked / n }
  /// The part of the outcomes that lie in their interval.
  public var coverage: Double { Double(covered) / n }
  /// The mean width of the intervals.
  public var intervalWidth: Double { width / n }
}
