import Tensors

/// The negative binomial distribution of counts, by its mean and shape, with the scale of its series as DeepAR has it
/// (Salinas et al. 2020):
///
///     μ = scale (softplus(r₀) + 10⁻⁶)    α = (softplus(r₁) + 10⁻⁶) / √scale    s = 1 / α
///     -ln p(z) = ln Γ(s) + ln Γ(z+1) - ln Γ(z+s) - s ln(s / (s+μ)) - z ln(μ / (s+μ))
///
/// The variance is μ + α μ².
public struct NegativeBinomialOutput: OutputDistribution {
  public init() {}

  public var parameterCount: Int { 2 }
  public var locationCount: Int { 0 }

  private static func parameters(_ raw: [Double], _ scale: Double) -> (μ: Double, s: Double) {
    (scale * (softplus(raw[0]) + 1e-6), scale.squareRoot() / (softplus(raw[1]) + 1e-6))
  }

  public func loss(_ raw: [Double], target: Double, scale: Double) -> (value: Double, gradient: [Double]) {
    let z = max(0, (target * scale).rounded())
    let (μ, s) = Self.parameters(raw, scale)
    let share = -Double.log(1 + μ / s)  // ln(s / (s+μ))
    let value =
      Double.logGamma(s) + Double.logGamma(z + 1) - Double.logGamma(z + s) - s * share
      - (z == 0 ? 0 : z * (Double.log(μ / s) + share))
    let dμ = (z + s) / (s + μ) - z / μ
    let ds = Double.digamma(s) - Double.digamma(z + s) - share - 1 + (s + z) / (s + μ)
    // s = √scale / a with a = softplus(r₁) + 10⁻⁶, so that ds/da = -s² / √scale
    let da = -s * s / scale.squareRoot()
    return (value, [dμ * scale * Self.sigmoid(raw[0]), ds * da * Self.sigmoid(raw[1])])
  }

  public func center(_ raw: [Double], scale: Double) -> Double { Self.parameters(raw, scale).μ / scale }

  /// The smallest count that is not exceeded with at least this probability. Where both μ and s are above 10⁴, the sum
  /// of probabilities takes long, and the quantile of a normal distribution with a correction for skewness (Cornish and
  /// Fisher 1938) is off by less than a thousandth of the deviation.
  public func quantile(_ level: Double, _ raw: [Double], scale: Double) -> Double {
    let (μ, s) = Self.parameters(raw, scale)
    if μ > 1e4 && s > 1e4 {
      let deviation = (μ * (1 + μ / s)).squareRoot()
      let z = Double.normalQuantile(level)
      let skewness = (1 + 2 * μ / s) / deviation
      return max(0, (μ + deviation * (z + (z * z - 1) * skewness / 6)).rounded()) / scale
    }
    func probability(_ count: Double) -> Double { Double.regularizedBeta(s / (s + μ), s, count + 1) }
    if probability(0) >= level { return 0 }
    var (low, high) = (0.0, max(1, μ.rounded(.up)))
    while probability(high) < level && high < 1e18 { (low, high) = (high, 2 * high) }
    // To the count, or to a billionth of one that has more digits.
    while high - low > max(1, 1e-9 * high) {
      let middle = ((low + high) / 2).rounded(.down)
      if probability(middle) < level { low = middle } else { high = middle }
    }
    return high / scale
  }

  /// A Poisson number of a mean that is drawn from a gamma distribution.
  public func sample(_ raw: [Double], scale: Double, _ random: inout SequentialRandom) -> Double {
    let (μ, s) = Self.parameters(raw, scale)
    return random.poisson(min(1e15, random.gamma(s) * μ / s)) / scale
  }
}
