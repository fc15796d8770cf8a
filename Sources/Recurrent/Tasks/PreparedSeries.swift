import Tensors

/// A series as a forecaster reads it: every value depends on what came before it alone, and on what is known in
/// advance.
package struct PreparedSeries: Sendable {
  package let reading: ForecasterReading
  package let profile: SeriesProfile
  /// Transformed; NaN where missing.
  let values: [Double]
  /// The last value up to each step; NaN before the first.
  let filled: [Double]
  /// `[step, past covariates]`
  let past: [Float]
  /// `[step, known features]`, for `horizon` steps more than the target has.
  let known: [Float]

  /// - Parameters:
  ///   - horizon: steps after the last value that known features are needed for.
  ///   - profile: the scales of its training part.
  /// - Throws: `TimeSeriesError.notPositive`.
  package init(
    _ series: TimeSeries, _ reading: ForecasterReading, profile: SeriesProfile, horizon: Int
  ) throws(TimeSeriesError) {
    try reading.transform.check(series.target, series: series.name)
    self.reading = reading
    self.profile = profile
    values = series.target.map { $0.isNaN ? .nan : reading.transform.apply($0) }
    var last = Double.nan
    filled = values.map { value in
      if !value.isNaN { last = value }
      return last
    }
    past = reading.past.map { $0(ForecasterReading.sequence(series.past)) } ?? []
    let extent = series.count + horizon
    var times = Array(series.times.prefix(extent))
    if let end = times.last {
      let given = times.count
      for index in given..<max(given, extent) { times.append(reading.step.advance(end, by: index - given + 1)) }
    }
    let covariates = series.known.map { channel in
      Array(channel.prefix(extent)) + [Double](repeating: .nan, count: max(0, extent - channel.count))
    }
    let scaled = reading.known.map { $0(ForecasterReading.sequence(covariates)) } ?? []
    let calendar = CalendarFeature.values(reading.calendar, times: times)
    let (width, dates) = (reading.known?.features ?? 0, reading.calendar.count * CalendarFeature.width)
    var known: [Float] = []
    known.reserveCapacity(extent * (width + dates))
    for step in 0..<(width + dates == 0 ? 0 : extent) {
      known += scaled[step * width..<(step + 1) * width]
      known += calendar[step * dates..<(step + 1) * dates]
    }
    self.known = known
  }

  /// Where zero lies and what 1 is, for a forecast from a step on.
  package struct Frame {
    package var shift: Double
    package var scale: Double
  }

  package func frame(_ origin: Int, window: Int) -> Frame {
    let last = origin > 0 ? filled[origin - 1] : .nan
    let level = last.isNaN ? profile.mean : last
    if reading.difference { return Frame(shift: level, scale: profile.change) }
    switch reading.scaling {
    case .last: return Frame(shift: level, scale: profile.movement)
    case .standard: return Frame(shift: profile.mean, scale: profile.deviation)
    case .mean:
      var (sum, count) = (0.0, 0)
      for step in max(0, origin - window)..<origin where !values[step].isNaN {
        sum += abs(values[step])
        count += 1
      }
      let size = sum / Double(max(1, count))
      return Frame(shift: 0, scale: size >= 1e-300 ? size : profile.magnitude)
    }
  }

  /// Beyond, a network would learn of nothing else.
  static let mostInput = 1e3
  private static let mostTarget = 1e6

  static func limited(_ x: Double, _ most: Double) -> Double { max(-most, min(most, x)) }

  /// The value of a step as an input: 0 before the start, and the last one before it, where it is missing.
  package func input(_ step: Int, _ frame: Frame) -> (value: Float, present: Float) {
    guard step >= 0, step < values.count else { return (0, 0) }
    let present = !values[step].isNaN
    if reading.difference {
      let change = step > 0 ? (values[step] - values[step - 1]) / frame.scale : .nan
      return change.isNaN ? (0, 0) : (Float(Self.limited(change, Self.mostInput)), 1)
    }
    let value = (filled[step] - frame.shift) / frame.scale
    return (value.isNaN ? 0 : Float(Self.limited(value, Self.mostInput)), present ? 1 : 0)
  }

  /// The value of a step as an outcome, in units of the frame; NaN where it is missing or not there yet.
  ///
  /// - Parameter chained: differences are from the step before, and not from the frame's level.
  package func outcome(_ step: Int, _ frame: Frame, chained: Bool) -> Double {
    guard step < values.count else { return .nan }
    let base = chained && reading.difference ? values[step - 1] : frame.shift
    let value = (values[step] - base) / frame.scale
    return value.isNaN ? .nan : Self.limited(value, Self.mostTarget)
  }
}
