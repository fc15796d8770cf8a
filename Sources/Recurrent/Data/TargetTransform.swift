import Tensors

/// What is done to the values of a target before anything else, and undone on its forecasts. Quantiles go through it as
/// they are; the mean of the values is not the value of the mean, so that a forecast of a mean becomes one of the
/// median (of a symmetric distribution), where it is not a mean of sampled paths.
public enum TargetTransform: String, Sendable, Hashable, Codable, CaseIterable {
  case none
  /// ln x, of values above 0.
  case log
  /// ln(1 + x), of values above -1, such as counts.
  case log1p

  public func apply(_ x: Double) -> Double {
    switch self {
    case .none: x
    case .log: Double.log(x)
    case .log1p: Double.log(1 + x)
    }
  }

  /// Up to 1e300, beyond which nothing is forecast.
  public func invert(_ y: Double) -> Double {
    switch self {
    case .none: y
    case .log: Double.exp(min(y, 690))
    case .log1p: Double.exp(min(y, 690)) - 1
    }
  }

  /// - Throws: `TimeSeriesError.notPositive` for a value that has no logarithm.
  func check(_ values: [Double], series: String) throws(TimeSeriesError) {
    let least = self == .log ? 0.0 : -1
    guard self != .none, let value = values.first(where: { $0 <= least }) else { return }
    throw .notPositive(series: series, value: value, transform: rawValue)
  }
}
