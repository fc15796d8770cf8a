import Tensors

/// A forecaster with all that it takes to use it.
public struct TrainedForecaster: ForecastMethod {
  public let model: Forecaster
  public let reading: ForecasterReading
  public var name = "the model"
  /// Paths that an autoregressive network draws for each forecast.
  public var samples = 200
  /// Of these paths.
  public var seed: UInt64 = 1

  public var configuration: ForecasterConfiguration { model.configuration }

  package init(_ model: Forecaster, _ reading: ForecasterReading) {
    var model = model
    model.stack?.prepare()
    self.model = model
    self.reading = reading
  }

  /// The scales of a series: those of training, or of a series that it did not have those of the part that it is given.
  ///
  /// - Parameter count: steps of an unknown series that may be looked at.
  public func profile(of series: TimeSeries, upTo count: Int) -> SeriesProfile {
    reading.profiles.first { $0.name == series.name }
      ?? reading.profile(of: series.prefix(count), window: configuration.window)
  }

  /// True for a series that it was trained on.
  public func knows(_ series: TimeSeries) -> Bool { reading.profiles.contains { $0.name == series.name } }

  /// - Throws: `TimeSeriesError.longHorizon` where a network that gives all steps at once gives fewer, `.unknownFuture`
  ///   where a covariate that should be known in advance is not, and `.notPositive`.
  public func forecasts(_ series: TimeSeries, origins: [Int], horizon: Int, levels: [Double]) throws -> [Forecast] {
    let c = configuration
    guard horizon <= c.horizon || c.kind == .autoregressive else {
      throw TimeSeriesError.longHorizon(asked: horizon, trained: c.horizon)
    }
    guard let first = origins.min(), let last = origins.max() else { return [] }
    try checkKnown(series, through: last + horizon)
    let prepared = try PreparedSeries(
      series, reading, profile: profile(of: series, upTo: first), horizon: max(horizon, c.horizon))
    var result: [Forecast] = []
    let size = c.kind == .autoregressive ? max(1, 8192 / samples) : 256
    for start in stride(from: 0, to: origins.count, by: size) {
      let part = Array(origins[start..<min(origins.count, start + size)])
      result +=
        c.kind == .autoregressive
        ? sampled(prepared, part, horizon, levels, name: series.name) : direct(prepared, part, horizon, levels)
    }
    return result
  }

  private func checkKnown(_ series: TimeSeries, through end: Int) throws {
    guard !series.known.isEmpty, end > series.times.count, let last = series.times.last else { return }
    let time = reading.step.advance(last, by: 1)
    throw TimeSeriesError.unknownFuture(
      series: series.name, column: reading.columns.known[0], step: series.times.count - series.count + 1,
      time: reading.notation.text(time))
  }

  private func direct(_ series: PreparedSeries, _ origins: [Int], _ horizon: Int, _ levels: [Double]) -> [Forecast] {
    let c = configuration
    let output = c.distribution.output
    let quantiles = output.quantiles(levels)
    let batch = ForecastBatch(
      origins.map { ForecastBatch.Window(series: 0, origin: $0) }, of: [series], c, taught: false)
    let numbers = model(batch.past, known: batch.known)
    return numbers.withUnsafePointer { pointer in
      origins.enumerated().map { row, origin in
        let frame = batch.frames[row]
        func value(_ scaled: Double) -> Double { reading.transform.invert(frame.shift + frame.scale * scaled) }
        var (points, all): ([Double], [[Double]]) = ([], [])
        for step in 0..<horizon {
          let raw = (0..<c.parameters).map { Double(pointer[(row * c.horizon + step) * c.parameters + $0]) }
          points.append(value(output.center(raw, scale: frame.scale)))
          all.append(quantiles(raw, frame.scale).map(value))
        }
        return Forecast(origin: origin, point: points, levels: levels, quantiles: all)
      }
    }
  }

  private func sampled(
    _ series: PreparedSeries, _ origins: [Int], _ horizon: Int, _ levels: [Double], name: String
  ) -> [Forecast] {
    let paths = AutoregressiveSampling(model: model, series: series).paths(
      origins: origins, horizon: horizon, samples: samples, seed: seed ^ Self.hash(name))
    return zip(origins, paths).map { origin, paths in
      var (points, all): ([Double], [[Double]]) = ([], [])
      for step in 0..<horizon {
        let values = paths.map { $0[step] }.sorted()
        points.append(values.reduce(0, +) / Double(values.count))
        all.append(levels.map { Self.quantile($0, sorted: values) })
      }
      return Forecast(origin: origin, point: points, levels: levels, quantiles: all)
    }
  }

  /// A quantile of a sample, on the line between two values (type 7 of Hyndman and Fan 1996).
  package static func quantile(_ level: Double, sorted values: [Double]) -> Double {
    let place = level * Double(values.count - 1)
    let below = Int(place)
    guard below + 1 < values.count else { return values[values.count - 1] }
    return values[below] + (place - Double(below)) * (values[below + 1] - values[below])
  }

  /// A number of a name that is the same in every run (Fowler, Noll and Vo's FNV-1a).
  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
