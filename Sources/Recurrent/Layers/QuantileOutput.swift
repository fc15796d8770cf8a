import Tensors

/// The values that a quantity is below with given probabilities, without a family of distributions:
///
///     loss = 2/K Σ_k max(τ_k (z - q_k), (τ_k - 1)(z - q_k))
///
/// (Koenker and Bassett 1978), which with many levels becomes the continuous ranked probability score. Quantiles that
/// cross are put in order where they are used (Chernozhukov et al. 2010), between two levels the line that joins them
/// is taken, and beyond the outermost these.
public struct QuantileOutput: OutputDistribution {
  /// In rising order.
  public let levels: [Double]

  public init(levels: [Double]) { self.levels = levels }

  public var parameterCount: Int { levels.count }
  public var locationCount: Int { levels.count }

  public func loss(_ raw: [Double], target z: Double, scale: Double) -> (value: Double, gradient: [Double]) {
    let weight = 2 / Double(levels.count)
    var (value, gradient) = (0.0, raw)
    for (index, τ) in levels.enumerated() {
      let e = z - raw[index]
      value += weight * max(τ * e, (τ - 1) * e)
      gradient[index] = e == 0 ? 0 : weight * (e > 0 ? -τ : 1 - τ)
    }
    return (value, gradient)
  }

  public func center(_ raw: [Double], scale: Double) -> Double { quantile(0.5, raw, scale: scale) }

  public func quantile(_ level: Double, _ raw: [Double], scale: Double) -> Double {
    Self.interpolate(level, levels: levels, values: raw.sorted())
  }

  public func sample(_ raw: [Double], scale: Double, _ random: inout SequentialRandom) -> Double {
    quantile(random.uniform(), raw, scale: scale)
  }

  /// The quantile of a level by those of others, in rising order.
  static func interpolate(_ level: Double, levels: [Double], values: [Double]) -> Double {
    guard let above = levels.firstIndex(where: { $0 >= level }) else { return values[values.count - 1] }
    guard above > 0, levels[above] > level else { return values[above] }
    let part = (level - levels[above - 1]) / (levels[above] - levels[above - 1])
    return values[above - 1] + part * (values[above] - values[above - 1])
  }
}
