import Tensors

/// Windows of series side by side: what is read of each, and what came after.
public struct ForecastBatch: Sendable {
  /// A place in a series: how many steps have passed.
  package struct Window: Sendable, Hashable {
    package var series: Int
    package var origin: Int

    package init(series: Int, origin: Int) {
      self.series = series
      self.origin = origin
    }
  }

  /// `[batch, steps, inputs]`, see `Forecaster`.
  package let past: Tensor
  /// `[batch, horizon, known]`; nil where nothing is known in advance, and for autoregressive networks, which read it
  /// step by step.
  package let known: Tensor?
  /// Row-major `[batch, horizon]`, in units of the frames; NaN where it is missing.
  package let outcomes: [Double]
  package let frames: [PreparedSeries.Frame]

  var count: Int { frames.count }

  /// The scale of each outcome.
  func scales(horizon: Int) -> [Double] { frames.flatMap { Array(repeating: $0.scale, count: horizon) } }

  /// - Parameter taught: an autoregressive network also reads the outcomes, each at the step after it.
  package init(_ windows: [Window], of series: [PreparedSeries], _ c: ForecasterConfiguration, taught: Bool) {
    let chained = c.kind == .autoregressive
    let steps = c.window + (chained && taught ? c.horizon - 1 : 0)
    let frames = windows.map { series[$0.series].frame($0.origin, window: c.window) }
    past = Tensor(shape: [windows.count, steps, c.inputs]) { pointer in
      for (row, window) in windows.enumerated() {
        for step in 0..<steps {
          let place = window.origin - c.window + step
          Self.fill(
            pointer + (row * steps + step) * c.inputs, series[window.series], place, origin: window.origin,
            frames[row], c)
        }
      }
    }
    known =
      c.known == 0 || chained
      ? nil
      : Tensor(shape: [windows.count, c.horizon, c.known]) { pointer in
        for (row, window) in windows.enumerated() {
          let source = series[window.series].known
          (pointer + row * c.horizon * c.known).update(
            from: Array(source[window.origin * c.known..<(window.origin + c.horizon) * c.known]),
            count: c.horizon * c.known)
        }
      }
    outcomes = windows.enumerated().flatMap { row, window in
      (0..<c.horizon).map {
        series[window.series].outcome(window.origin + $0, frames[row], chained: chained)
      }
    }
    self.frames = frames
  }

  /// The features of a step: its value and whether it was there, its past covariates, which nobody knows from the
  /// origin on, and what is known in advance: of this step or, for an autoregressive network, of the next, with 1
  /// behind it where the past covariates are not known.
  private static func fill(
    _ x: UnsafeMutablePointer<Float>, _ series: PreparedSeries, _ step: Int, origin: Int,
    _ frame: PreparedSeries.Frame, _ c: ForecasterConfiguration
  ) {
    x.update(repeating: 0, count: c.inputs)
    (x[0], x[1]) = series.input(step, frame)
    let covariates = c.past - 2
    if step >= 0 && step < origin {
      for index in 0..<covariates { x[2 + index] = series.past[step * covariates + index] }
    }
    let chained = c.kind == .autoregressive
    let place = chained ? step + 1 : step
    if place >= 0 {
      for index in 0..<c.known { x[c.past + index] = series.known[place * c.known + index] }
    }
    if chained { x[c.inputs - 1] = step >= origin ? 1 : 0 }
  }
}
