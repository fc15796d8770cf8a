import Tensors

/// Widens or narrows intervals until as many of past outcomes lie in them as should (conformalized quantile regression,
/// Romano, Patterson and Candès 2019).
///
/// The score of an outcome is how far outside its interval it lies, below 0 for inside. The interval of the next one is
/// moved out by the ⌈(n + 1) level⌉-th smallest of n scores: if outcomes come in any order with the same probability,
/// it covers the next with probability `level` at least.
public struct ConformalIntervals: Sendable {
  public let level: Double
  /// For each step of the forecast, in rising order, in units of the series.
  private var scores: [[Double]]

  public init(level: Double, horizon: Int) {
    self.level = level
    scores = Array(repeating: [], count: horizon)
  }

  /// Takes note of an outcome.
  ///
  /// - Parameters:
  ///   - step: of the forecast, from 0.
  ///   - unit: what distances are divided by, so that series of any size can be taken together.
  public mutating func add(outcome: Double, interval: ClosedRange<Double>, step: Int, unit: Double) {
    let score = max(interval.lowerBound - outcome, outcome - interval.upperBound) / unit
    var (low, high) = (0, scores[step].count)
    while low < high {
      let middle = (low + high) / 2
      if scores[step][middle] > score { high = middle } else { low = middle + 1 }
    }
    scores[step].insert(score, at: low)
  }

  /// How far to move both ends out, in units of the series; nil where there are too few outcomes for the level.
  public func correction(step: Int) -> Double? {
    let all = scores[step]
    let rank = Int((Double(all.count + 1) * level).rounded(.up))
    return rank >= 1 && rank <= all.count ? all[rank - 1] : nil
  }

  /// The interval of a new forecast; as it was where there are too few outcomes. Ends that would cross meet in between.
  public func calibrated(_ interval: ClosedRange<Double>, step: Int, unit: Double) -> ClosedRange<Double> {
    guard let correction = correction(step: step) else { return interval }
    let (low, high) = (interval.lowerBound - correction * unit, interval.upperBound + correction * unit)
    if low <= high { return low...high }
    let middle = (interval.lowerBound + interval.upperBound) / 2
    return middle...middle
  }
}
