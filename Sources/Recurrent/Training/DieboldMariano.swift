import Tensors

/// Whether one forecast is better than another, by the differences d of their losses from start to start (Diebold and
/// Mariano 1995): the mean of d over its standard error. Errors of forecasts of h steps that start one after another
/// overlap, so d is correlated over h - 1 starts:
///
///     V = (γ₀ + 2 Σ_{k<h} γ_k) / n    with γ_k = Σ_t (d_t - d̄)(d_{t-k} - d̄) / n
///     statistic = d̄ / √V · √((n + 1 - 2h + h (h - 1) / n) / n)
///
/// The last factor, and Student's t distribution with n - 1 degrees of freedom, are the correction for small samples of
/// Harvey, Leybourne and Newbold (1997). Where the sum is not above 0, which it need not be, terms are weighted by
/// 1 - k/h (Bartlett), which makes it so.
public struct DieboldMariano: Sendable, Hashable {
  /// The mean of the losses of the first less that of the second; below 0 where the first is better.
  public let difference: Double
  public let statistic: Double
  /// Of both sides: how probable such a difference or a larger one is between forecasts that are equally good.
  public let p: Double

  /// - Parameters:
  ///   - losses: of both forecasts at each start, in the order of time.
  ///   - horizon: how many starts a difference is correlated over, h.
  /// - Returns: nil where there are too few starts to tell, or the losses never differ.
  public init?(_ first: [Double], _ second: [Double], horizon: Int) {
    precondition(first.count == second.count && horizon > 0, "losses of \(first.count) and \(second.count) starts")
    let n = first.count
    let h = Double(horizon)
    let correction = (Double(n) + 1 - 2 * h + h * (h - 1) / Double(n)) / Double(n)
    guard n > horizon, n >= 3, correction > 0 else { return nil }
    let d = zip(first, second).map { $0 - $1 }
    let mean = d.reduce(0, +) / Double(n)
    func covariance(_ lag: Int) -> Double {
      zip(d, d.dropFirst(lag)).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) } / Double(n)
    }
    let own = covariance(0)
    let others = (1..<max(1, horizon)).map(covariance)
    var variance = own + 2 * others.reduce(0, +)
    if variance <= 1e-12 * own {
      variance = own + 2 * zip(1..., others).reduce(0) { $0 + (1 - Double($1.0) / h) * $1.1 }
    }
    guard variance > 0, variance.isFinite, mean.isFinite else { return nil }
    difference = mean
    statistic = mean / (variance / Double(n)).squareRoot() * correction.squareRoot()
    p = min(1, 2 * Double.studentCDF(-abs(statistic), degrees: Double(n - 1)))
  }
}
