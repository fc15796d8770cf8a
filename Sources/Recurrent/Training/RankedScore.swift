import Tensors

/// The continuous ranked probability score, ∫ (F(x) - 1{x ≥ y})² dx, of a forecast F and an outcome y: the absolute
/// error of a forecast that is a distribution (Gneiting and Raftery 2007). Lower is better.
public enum RankedScore {
  /// Of a normal distribution: σ (z (2 Φ(z) - 1) + 2 φ(z) - 1 / √π), with z = (y - μ) / σ.
  public static func gaussian(mean: Double, deviation: Double, outcome: Double) -> Double {
    let z = (outcome - mean) / deviation
    let tails = z * (2 * Double.normalCDF(z) - 1) + 2 * Double.normalDensity(z)
    return deviation * (tails - 1 / Double.pi.squareRoot())
  }

  /// Of samples, each with the same probability: mean |x - y| - ½ mean |x - x'|, by sorting.
  public static func samples(_ samples: [Double], outcome: Double) -> Double {
    let sorted = samples.sorted()
    let n = Double(sorted.count)
    var (error, spread) = (0.0, 0.0)
    for (index, x) in sorted.enumerated() {
      error += abs(x - outcome)
      // Σ_i Σ_j |x_i - x_j| = 2 Σ_i (2 i - n + 1) x_i
      spread += (2 * Double(index) - n + 1) * x
    }
    return error / n - spread / (n * n)
  }

  /// Of quantiles at equally distant levels: the mean of twice their pinball losses, as 2 ∫ of the pinball loss over
  /// all levels is the score (Laio and Tamea 2007).
  public static func quantiles(_ quantiles: [Double], levels: [Double], outcome: Double) -> Double {
    var sum = 0.0
    for (q, τ) in zip(quantiles, levels) { sum += 2 * pinball(outcome - q, level: τ) }
    return sum / Double(max(1, levels.count))
  }

  /// max(τ e, (τ - 1) e), of the error e of a quantile.
  public static func pinball(_ error: Double, level: Double) -> Double { max(level * error, (level - 1) * error) }
}
