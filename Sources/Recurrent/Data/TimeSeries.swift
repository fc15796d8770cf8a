/// A quantity over time, in equal steps, and what else is known of each step.
public struct TimeSeries: Sendable {
  /// As the table names it; empty where it holds one series.
  public var name: String
  /// The time of each step, in order: those of the target and, where known covariates go on, those after it.
  public var times: [Double]
  /// The quantity at each step; NaN where it is missing. The last one is not.
  public var target: [Double]
  /// Quantities of which only the past is known, `[covariate][step]`, as many steps as the target; NaN where missing.
  public var past: [[Double]]
  /// Quantities that are known in advance, `[covariate][time]`, as many steps as times; NaN where missing.
  public var known: [[Double]]

  public init(
    name: String = "", times: [Double], target: [Double], past: [[Double]] = [], known: [[Double]] = []
  ) {
    precondition(times.count >= target.count, "\(times.count) times for \(target.count) values")
    precondition(past.allSatisfy { $0.count == target.count }, "past covariates of another length")
    precondition(known.allSatisfy { $0.count == times.count }, "known covariates of another length")
    self.name = name
    self.times = times
    self.target = target
    self.past = past
    self.known = known
  }

  /// A series in steps of 1.
  public init(name: String = "", target: [Double]) {
    self.init(name: name, times: target.indices.map(Double.init), target: target)
  }

  /// Steps of the target.
  public var count: Int { target.count }

  /// The series as it was known when so many steps had passed: later values are gone, what is known in advance stays.
  public func prefix(_ count: Int) -> TimeSeries {
    precondition(count >= 0 && count <= self.count, "\(count) of \(self.count) steps")
    var series = self
    series.target = Array(target[..<count])
    series.past = past.map { Array($0[..<count]) }
    return series
  }

  /// The first step later than a time; `count` where there is none.
  public func firstStep(after time: Double) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
