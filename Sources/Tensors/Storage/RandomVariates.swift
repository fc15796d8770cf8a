extension SequentialRandom {
  /// A number uniform in (0, 1), both ends excluded.
  package mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) / Double(1 << 52) }

  /// A number of the standard normal distribution (Box and Muller 1958).
  package mutating func normal() -> Double {
    (-2 * Double.log(uniform())).squareRoot() * Double.cos(2 * Double.pi * uniform())
  }

  /// A number of the gamma distribution of scale 1, for a shape above 0 (Marsaglia and Tsang 2000).
  package mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 { return gamma(shape + 1) * Double.exp(Double.log(uniform()) / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if Double.log(uniform()) < 0.5 * x * x + d - d * v + d * Double.log(v) { return d * v }
    }
  }

  /// A number of Student's t distribution with ν degrees of freedom.
  package mutating func student(degrees ν: Double) -> Double {
    normal() / (2 * gamma(ν / 2) / ν).squareRoot()
  }

  /// A number of the Poisson distribution of a mean from 0 to 1e15.
  package mutating func poisson(_ mean: Double) -> Double {
    if mean <= 0 { return 0 }
    if mean < 10 {
      // Products of uniform numbers until they fall below exp(-mean) (Knuth).
      let limit = Double.exp(-mean)
      var (count, product) = (0.0, uniform())
      while product > limit {
        count += 1
        product *= uniform()
      }
      return count
    }
    // Transformed rejection with squeeze (Hörmann 1993, algorithm PTRS).
    let root = mean.squareRoot()
    let b = 0.931 + 2.53 * root
    let a = -0.059 + 0.02483 * b
    let inverse = 1.1239 + 1.1328 / (b - 3.4)
    let most = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let edge = 0.5 - abs(u)
      let k = ((2 * a / edge + b) * u + mean + 0.43).rounded(.down)
      if edge >= 0.07 && v <= most { return k }
      if k < 0 || (edge < 0.013 && v > edge) { continue }
      let accepted = Double.log(v * inverse / (a / (edge * edge) + b))
      if accepted <= k * Double.log(mean) - mean - Double.logGamma(k + 1) { return k }
    }
  }
}
