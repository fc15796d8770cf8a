import Tensors

/// The distribution of a quantity that a network forecasts, by the numbers it gives for it.
///
/// Quantities are in units of a scale, which only distributions of counts need to know: of the others, the scaled
/// quantity has a distribution of the same family.
public protocol OutputDistribution: Sendable {
  /// Numbers that the network gives for one quantity.
  var parameterCount: Int { get }

  /// How many of these are in the unit of the quantity, and are places on its axis: the first ones.
  var locationCount: Int { get }

  /// The loss of an outcome and its derivative with respect to each number.
  ///
  /// - Parameters:
  ///   - raw: what the network gives.
  ///   - target: the outcome, in units of `scale`.
  func loss(_ raw: [Double], target: Double, scale: Double) -> (value: Double, gradient: [Double])

  /// The best single forecast: the mean, or the median of a distribution that is known by its quantiles.
  func center(_ raw: [Double], scale: Double) -> Double

  /// What the quantity is below with probability `level`, above 0 and below 1.
  func quantile(_ level: Double, _ raw: [Double], scale: Double) -> Double

  /// A function that gives the quantiles of the same levels for many such numbers, with what they share computed once.
  func quantiles(_ levels: [Double]) -> (_ raw: [Double], _ scale: Double) -> [Double]

  /// A draw.
  func sample(_ raw: [Double], scale: Double, _ random: inout SequentialRandom) -> Double
}

extension OutputDistribution {
  public func quantiles(_ levels: [Double]) -> (_ raw: [Double], _ scale: Double) -> [Double] {
    { raw, scale in levels.map { quantile($0, raw, scale: scale) } }
  }

  /// ln(1 + e^x): any number made positive.
  static func softplus(_ x: Double) -> Double { x > 30 ? x : Double.log(1 + Double.exp(x)) }

  /// Its derivative.
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + Double.exp(-x)) }
}

/// The distributions that a model file can name.
public enum DistributionKind: Sendable, Hashable, Codable {
  case gaussian
  case student
  case negativeBinomial
  /// No family, but the values that the quantity is below with these probabilities, in rising order.
  case quantile([Double])

  public static let defaultQuantiles = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

  public var output: any OutputDistribution {
    switch self {
    case .gaussian: GaussianOutput()
    case .student: StudentOutput()
    case .negativeBinomial: NegativeBinomialOutput()
    case .quantile(let levels): QuantileOutput(levels: levels)
    }
  }

  /// What is wrong with one that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    guard case .quantile(let levels) = self else { return nil }
    let rising = zip(levels, levels.dropFirst()).allSatisfy { $0 < $1 }
    guard rising, levels.allSatisfy({ $0 > 0 && $0 < 1 }), levels.contains(0.5), levels.count <= 1000 else {
      return "quantiles \(levels), which are not in rising order between 0 and 1 with 0.5 among them"
    }
    return nil
  }
}
