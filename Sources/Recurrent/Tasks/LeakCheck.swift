import Tensors

/// Whether forecasts have seen what they forecast: made again from a series that ends at their origin, they must be the
/// same to the last bit.
enum LeakCheck {
  /// Forecasts of each series that are made again.
  static let probes = 4

  private static func bits(_ forecast: Forecast) -> [[UInt64]] {
    ([forecast.point] + forecast.quantiles).map { $0.map(\.bitPattern) }
  }

  /// - Parameter forecasts: what the method has made of the whole series, the earliest origin first.
  /// - Throws: `TimeSeriesError.leak`.
  static func check(
    _ method: some ForecastMethod, _ series: TimeSeries, _ forecasts: [Forecast], horizon: Int, levels: [Double]
  ) throws {
    guard let first = forecasts.first?.origin else { return }
    let count = min(probes, forecasts.count)
    for probe in 0..<count {
      let forecast = forecasts[(forecasts.count - 1) * probe / max(1, count - 1)]
      // With the first origin, by which scales of series that training did not have are fitted.
      let again = try method.forecasts(
        series.prefix(forecast.origin), origins: [first, forecast.origin], horizon: horizon, levels: levels)
      guard let last = again.last, bits(last) == bits(forecast) else {
        throw TimeSeriesError.leak(model: method.name, series: series.name, step: forecast.origin)
      }
    }
  }
}
