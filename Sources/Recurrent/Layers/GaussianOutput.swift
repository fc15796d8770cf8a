import Tensors

/// The normal distribution, by its mean and standard deviation:
///
///     μ = r₀    σ = softplus(r₁) + 0.001
///     -ln p(z) = ln σ + ½ ((z - μ) / σ)² + ½ ln 2π
public struct GaussianOutput: OutputDistribution {
  /// Keeps the loss of a quantity that is known exactly finite.
  static let leastDeviation = 1e-3

  public init() {}

  public var parameterCount: Int { 2 }
  public var locationCount: Int { 1 }

  static func deviation(_ raw: [Double]) -> Double { softplus(raw[1]) + leastDeviation }

  public func loss(_ raw: [Double], target z: Double, scale: Double) -> (value: Double, gradient: [Double]) {
    let σ = Self.deviation(raw)
    let e = (z - raw[0]) / σ
    let value = Double.log(σ) + 0.5 * e * e + 0.5 * Double.log(2 * Double.pi)
    return (value, [-e / σ, (1 - e * e) / σ * Self.sigmoid(raw[1])])
  }

  public func center(_ raw: [Double], scale: Double) -> Double { raw[0] }

  public func quantile(_ level: Double, _ raw: [Double], scale: Double) -> Double {
    raw[0] + Self.deviation(raw) * Double.normalQuantile(level)
  }

  public func quantiles(_ levels: [Double]) -> (_ raw: [Double], _ scale: Double) -> [Double] {
    let z = levels.map(Double.normalQuantile)
    return { raw, _ in
      let σ = Self.deviation(raw)
      return z.map { raw[0] + σ * $0 }
    }
  }

  public func sample(_ raw: [Double], scale: Double, _ random: inout SequentialRandom) -> Double {
    raw[0] + Self.deviation(raw) * random.normal()
  }
}
