import Synchronization
import Tensors

/// Student's t distribution, shifted and scaled, for quantities that jump now and then:
///
///     μ = r₀    σ = softplus(r₁) + 0.001    ν = 2 + softplus(r₂)    e = (z - μ) / σ
///     -ln p(z) = ln Γ(ν/2) - ln Γ((ν+1)/2) + ½ ln πν + ln σ + (ν+1)/2 ln(1 + e²/ν)
///
/// ν is above 2, so that there is a variance.
public struct StudentOutput: OutputDistribution {
  public init() {}

  public var parameterCount: Int { 3 }
  public var locationCount: Int { 1 }

  private static func degrees(_ raw: [Double]) -> Double { 2 + softplus(raw[2]) }

  public func loss(_ raw: [Double], target z: Double, scale: Double) -> (value: Double, gradient: [Double]) {
    let (σ, ν) = (GaussianOutput.deviation(raw), Self.degrees(raw))
    let e = (z - raw[0]) / σ
    let squared = e * e
    let logarithm = Double.log(1 + squared / ν)
    let value =
      Double.logGamma(ν / 2) - Double.logGamma((ν + 1) / 2) + 0.5 * Double.log(Double.pi * ν) + Double.log(σ)
      + (ν + 1) / 2 * logarithm
    // (ν+1) e / (ν + e²), the derivative of the last term with respect to e
    let pull = (ν + 1) * e / (ν + squared)
    let dν =
      0.5 * (Double.digamma(ν / 2) - Double.digamma((ν + 1) / 2) + 1 / ν + logarithm)
      - (ν + 1) / 2 * squared / (ν * (ν + squared))
    return (value, [-pull / σ, (1 - pull * e) / σ * Self.sigmoid(raw[1]), dν * Self.sigmoid(raw[2])])
  }

  public func center(_ raw: [Double], scale: Double) -> Double { raw[0] }

  public func quantile(_ level: Double, _ raw: [Double], scale: Double) -> Double {
    raw[0] + GaussianOutput.deviation(raw) * Double.studentQuantile(level, degrees: Self.degrees(raw))
  }

  /// By a line between the quantiles of neighbouring 1/ν out of 1,024 from 0 to ½, which is off by less than 1e-5 σ at
  /// levels from 0.01 to 0.99: in that range the second derivative of a quantile by 1/ν is below 300.
  public func quantiles(_ levels: [Double]) -> (_ raw: [Double], _ scale: Double) -> [Double] {
    let table = StudentTable(levels)
    return { raw, _ in
      let σ = GaussianOutput.deviation(raw)
      return table.quantiles(degrees: Self.degrees(raw)).map { raw[0] + σ * $0 }
    }
  }

  public func sample(_ raw: [Double], scale: Double, _ random: inout SequentialRandom) -> Double {
    raw[0] + GaussianOutput.deviation(raw) * random.student(degrees: Self.degrees(raw))
  }
}

/// Quantiles of Student's t distribution at equally distant 1/ν, computed as they are needed.
private final class StudentTable: Sendable {
  private static let nodes = 1024
  private let levels: [Double]
  private let known = Mutex<[Int: [Double]]>([:])

  init(_ levels: [Double]) { self.levels = levels }

  func quantiles(degrees ν: Double) -> [Double] {
    let place = min(Double(Self.nodes), 2 / ν * Double(Self.nodes))
    let below = min(Self.nodes - 1, Int(place))
    let part = place - Double(below)
    return zip(node(below), node(below + 1)).map { $0 + part * ($1 - $0) }
  }

  private func node(_ index: Int) -> [Double] {
    known.withLock { known in
      if let found = known[index] { return found }
      let inverse = Double(index) / Double(2 * Self.nodes)
      let made = levels.map {
        index == 0 ? Double.normalQuantile($0) : Double.studentQuantile($0, degrees: 1 / inverse)
      }
      known[index] = made
      return made
    }
  }
}
