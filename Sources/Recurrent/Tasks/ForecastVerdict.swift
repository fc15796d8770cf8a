import Tensors

/// Whether one method of forecasting is better than another, as a backtest tells.
public struct ForecastVerdict: Sendable {
  public enum Outcome: Sendable, Hashable {
    case better
    case worse
    case undecided
  }

  public let outcome: Outcome
  /// What the root mean squared error of the first is of that of the second, in units of the series.
  public let ratio: Double
  /// Nil where there are too few starts to tell, or the forecasts do not differ.
  public let test: DieboldMariano?
  private let starts: Int
  /// The second has no error, so that no ratio says how much larger one is.
  private let secondIsExact: Bool

  /// Differences that would be seen by chance as rarely are not put down to it. With few starts, the test rejects more
  /// often than it says (Harvey, Leybourne and Newbold 1997, table 1).
  public static let significance = 0.01

  /// Fewest starts that a verdict is based on.
  public static let fewestStarts = 8

  /// - Parameters:
  ///   - stride: steps from one start to the next, which decides how many forecasts overlap.
  ///   - significance: how rare a difference has to be.
  public init(
    _ first: BacktestRun, against second: BacktestRun, stride: Int, significance: Double = significance
  ) {
    let (own, other) = (first.lossesInOrder, second.lossesInOrder)
    starts = own.count
    let overlap = (first.steps.count + stride - 1) / stride
    test = DieboldMariano(own, other, horizon: overlap)
    let sums = (own.reduce(0, +), other.reduce(0, +))
    secondIsExact = sums.1 == 0
    let quotient = sums.1 > 0 ? (sums.0 / sums.1).squareRoot() : sums.0 > 0 ? .infinity : 1
    ratio = quotient.isNaN ? .infinity : quotient
    if let test, starts >= Self.fewestStarts, test.p < significance {
      outcome = test.difference < 0 ? .better : .worse
    } else {
      outcome = .undecided
    }
  }

  /// One sentence.
  public func sentence(_ first: String, _ second: String) -> String {
    let percent = abs(ratio - 1) * 100
    let shown = percent < 10 ? "\((percent * 10).rounded() / 10)" : "\(Int(min(percent, 1e9).rounded()))"
    let size = ratio == 1 ? "the same RMSE" : "RMSE \(shown) % \(ratio < 1 ? "lower" : "higher")"
    let p = test.map { $0.p < 0.001 ? "p < 0.001" : "p = \(($0.p * 1000).rounded() / 1000)" }
    switch outcome {
    case .better: return Self.capital("\(first) beats \(second): \(size), \(p ?? "").")
    case .worse where secondIsExact: return Self.capital("\(second) beats \(first): it has no error, \(p ?? "").")
    case .worse: return Self.capital("\(second) beats \(first), which has an \(size), \(p ?? "").")
    case .undecided:
      let reason =
        starts < Self.fewestStarts || test == nil && ratio != 1
        ? "\(starts) \(starts == 1 ? "start is" : "starts are") too few to tell" : p ?? "the forecasts do not differ"
      let compared = secondIsExact && ratio != 1 ? "\(second) has no error" : size
      return Self.capital("\(first) does not beat \(second): \(compared), \(reason).")
    }
  }

  /// Of all comparisons in one sentence or two: what a model beats, and whether anything beats the last value.
  ///
  /// - Parameters:
  ///   - baselines: the last value first.
  public static func overall(_ model: BacktestRun, _ baselines: [BacktestRun], stride: Int) -> String {
    let verdicts = baselines.map { ForecastVerdict(model, against: $0, stride: stride) }
    let beaten = zip(baselines, verdicts).filter { $1.outcome == .better }.map(\.0.name)
    let others = zip(baselines, verdicts).filter { $1.outcome != .better }.map(\.0.name)
    let naive = baselines[0]
    let challengers = [model] + baselines.dropFirst()
    let nothing = challengers.allSatisfy { challenger in
      // Of all comparisons together, none should be won by chance (Bonferroni).
      ForecastVerdict(
        challenger, against: naive, stride: stride, significance: Self.significance / Double(challengers.count)
      ).outcome != .better
    }
    let all = "\(model.name) beats \(list(beaten)), but not \(list(others))."
    if nothing {
      let standing = verdicts[0].outcome == .worse ? "is worse than it" : "cannot be told from it"
      let rest = verdicts[0].outcome == .better ? "is better by no more than chance explains" : standing
      return "Nothing beats \(naive.name): \(model.name) \(rest)."
    }
    if others.isEmpty { return capital("\(model.name) beats every baseline.") }
    return beaten.isEmpty ? capital("\(model.name) beats no baseline.") : capital(all)
  }

  private static func list(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }

  private static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
