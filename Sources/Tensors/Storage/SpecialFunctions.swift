#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The functions of probability distributions, in double precision.
extension Double {
  /// ln Γ(x) for x > 0: by x Γ(x) = Γ(x + 1) up to 12, from where Stirling's series to the power -9 is exact to 1e-15.
  package static func logGamma(_ x: Double) -> Double {
    var (z, product) = (x, 1.0)
    while z < 12 {
      product *= z
      z += 1
    }
    let w = 1 / (z * z)
    let series = (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w / 1188)))) / z
    return (z - 0.5) * log(z) - z + 0.5 * log(2 * pi) + series - log(product)
  }

  /// ψ(x) = d ln Γ(x) / dx for x > 0, in the same way.
  package static func digamma(_ x: Double) -> Double {
    var (z, sum) = (x, 0.0)
    while z < 12 {
      sum += 1 / z
      z += 1
    }
    let w = 1 / (z * z)
    let series = w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w * (1.0 / 240 - w / 132))))
    return log(z) - 0.5 / z - series - sum
  }

  /// The probability that a standard normal number is at most z.
  package static func normalCDF(_ z: Double) -> Double { 0.5 * _erfc(-z / 2.squareRoot()) }

  package static func normalDensity(_ z: Double) -> Double { exp(-0.5 * z * z) / (2 * pi).squareRoot() }

  /// The number that a standard normal number is below with probability p, for 0 < p < 1.
  package static func normalQuantile(_ p: Double) -> Double {
    // From the upper half by symmetry, where the tail is computed without cancellation.
    if p > 0.5 { return -normalQuantile(1 - p) }
    return inverse(of: normalCDF, density: normalDensity, at: p, between: -40, 0)
  }

  /// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22) in Lentz's way.
  package static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast on this side of the mean; on the other it is that of the complement.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(1 - x)) / a
    let tiny = 1e-300
    func safe(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / safe(1 - (a + b) * x / (a + 1))
    var fraction = d
    for m in 1...10_000 {
      let n = Double(m)
      let even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n))
      d = 1 / safe(1 + even * d)
      c = safe(1 + even / c)
      fraction *= d * c
      let odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1))
      d = 1 / safe(1 + odd * d)
      c = safe(1 + odd / c)
      fraction *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * fraction
  }

  /// The probability that a number of Student's t distribution with ν degrees of freedom is at most t.
  package static func studentCDF(_ t: Double, degrees ν: Double) -> Double {
    let tail = 0.5 * regularizedBeta(ν / (ν + t * t), ν / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  package static func studentDensity(_ t: Double, degrees ν: Double) -> Double {
    exp(logGamma((ν + 1) / 2) - logGamma(ν / 2) - (ν + 1) / 2 * log(1 + t * t / ν)) / (ν * pi).squareRoot()
  }

  /// The number that one of Student's t distribution is below with probability p, for 0 < p < 1.
  package static func studentQuantile(_ p: Double, degrees ν: Double) -> Double {
    if p > 0.5 { return -studentQuantile(1 - p, degrees: ν) }
    return inverse(
      of: { studentCDF($0, degrees: ν) }, density: { studentDensity($0, degrees: ν) }, at: p, between: -1e9, 0)
  }

  /// Where a rising function has a value: Newton's steps, and halving where they leave the bounds or are too short.
  private static func inverse(
    of function: (Double) -> Double, density: (Double) -> Double, at value: Double, between low: Double, _ high: Double
  ) -> Double {
    var (low, high) = (low, high)
    var x = max(low, -1)
    for _ in 0..<200 {
      let error = function(x) - value
      if error > 0 { high = x } else { low = x }
      let next = x - error / density(x)
      let inside = next > low && next < high
      let step = inside ? next : (low + high) / 2
      if abs(step - x) <= 1e-14 * max(1, abs(x)) { return step }
      x = step
    }
    return x
  }
}

private func _erfc(_ x: Double) -> Double { erfc(x) }
