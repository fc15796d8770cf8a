/// What is fitted to the training part of one series: its scales, and what its errors are measured by.
///
/// All are finite, and the scales above 0: where a series does not vary, its mean magnitude stands for them, and 1
/// where that is 0 too.
public struct SeriesProfile: Sendable, Hashable, Codable {
  public let name: String
  /// Of the transformed values.
  public let mean: Double
  /// The standard deviation of the transformed values.
  public let deviation: Double
  /// The root mean square of the differences between neighbours.
  public let change: Double
  /// The root mean square of the differences between a value and those up to a window before it.
  public let movement: Double
  /// The mean of the absolute values.
  public let magnitude: Double
  /// The standard deviation of the values themselves, by which `mse_scaled` is scaled.
  public let unit: Double
  /// The mean absolute error of the seasonal naive forecast of the values themselves, by which MASE is scaled (Hyndman
  /// and Koehler 2006); nil where it is 0 or there is none.
  public let naiveError: Double?
  /// The time of the last step of the training part, and of what the model is chosen by.
  public let trainedThrough: Double
  public let chosenThrough: Double

  /// - Parameters:
  ///   - values: of the training part, not transformed; NaN where missing.
  ///   - window: steps that a model looks back.
  ///   - season: steps.
  public init(
    fitting values: [Double], name: String, transform: TargetTransform, window: Int, season: Int,
    trainedThrough: Double, chosenThrough: Double
  ) {
    self.name = name
    (self.trainedThrough, self.chosenThrough) = (trainedThrough, chosenThrough)
    let transformed = values.map { $0.isNaN ? .nan : transform.apply($0) }
    let middle = Self.mean(transformed) ?? 0
    mean = middle
    let size = Self.mean(transformed.map(abs)) ?? 0
    magnitude = size > 0 ? size : 1
    // Below 1e-9 of the values, differences are rounding errors.
    func scale(_ square: Double?) -> Double {
      let root = (square ?? 0).squareRoot()
      return root > 1e-9 * size && root >= 1e-300 ? root : size > 0 ? size : 1
    }
    deviation = scale(Self.mean(transformed.map { ($0 - middle) * ($0 - middle) }))
    change = scale(Self.meanSquare(transformed, lag: 1))
    let lags = Set((1...8).map { max(1, (max(1, window) * $0 + 7) / 8) })
    let squares = lags.sorted().compactMap { Self.meanSquare(transformed, lag: $0) }
    movement = scale(Self.mean(squares))
    let raw = Self.mean(values) ?? 0
    let spread = (Self.mean(values.map { ($0 - raw) * ($0 - raw) }) ?? 0).squareRoot()
    let rawSize = Self.mean(values.map(abs)) ?? 0
    unit = spread > 1e-9 * rawSize && spread >= 1e-300 ? spread : rawSize > 0 ? rawSize : 1
    let errors = zip(values, values.dropFirst(season)).map { abs($1 - $0) }
    naiveError = Self.mean(errors).flatMap { $0 > 1e-12 * rawSize ? $0 : nil }
  }

  /// The mean of what is not missing.
  private static func mean(_ values: [Double]) -> Double? {
    var (sum, count) = (0.0, 0)
    for value in values where !value.isNaN {
      sum += value
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }

  private static func meanSquare(_ values: [Double], lag: Int) -> Double? {
    mean(zip(values, values.dropFirst(lag)).map { ($1 - $0) * ($1 - $0) })
  }

  /// What is wrong with one that was read from a file; nil if nothing is.
  var flaw: String? {
    let positive = [deviation, change, movement, magnitude, unit, naiveError ?? 1]
    let finite = [mean, trainedThrough, chosenThrough]
    return positive.allSatisfy { $0 > 0 && $0.isFinite } && finite.allSatisfy(\.isFinite)
      ? nil : "scales of series '\(name)' that are not above 0 or not finite"
  }
}
