import Foundation
import Tensors
import Testing

/// Draws against the distributions that they are said to have. Seeds are fixed, so that no test fails by chance.
@Suite struct RandomVariatesTests {
  /// The greatest distance between a distribution and that of n draws from it, times √n, is above 2 in one of 1,500
  /// cases (Kolmogorov and Smirnov).
  private func distance(_ draws: [Double], _ cdf: (Double) -> Double) -> Double {
    let sorted = draws.sorted()
    let n = Double(sorted.count)
    let far = sorted.enumerated().map { max(Double($0 + 1) / n - cdf($1), cdf($1) - Double($0) / n) }
    return (far.max() ?? 0) * n.squareRoot()
  }

  private func draws(_ seed: UInt64, _ count: Int = 20_000, _ draw: (inout SequentialRandom) -> Double) -> [Double] {
    var random = SequentialRandom(RandomKey(seed: seed))
    return (0..<count).map { _ in draw(&random) }
  }

  @Test func uniformAndNormal() {
    #expect(distance(draws(1) { $0.uniform() }) { $0 } < 2)
    #expect(distance(draws(2) { $0.normal() }, Double.normalCDF) < 2)
    #expect(draws(3) { $0.uniform() }.allSatisfy { $0 > 0 && $0 < 1 })
  }

  @Test(arguments: [2.1, 5, 60]) func student(_ degrees: Double) {
    #expect(distance(draws(4) { $0.student(degrees: degrees) }) { Double.studentCDF($0, degrees: degrees) } < 2)
  }

  /// The mean and the variance of a gamma distribution of scale 1 are its shape; the fourth moment is 3 k² + 6 k.
  @Test(arguments: [0.05, 0.7, 1, 4.5, 1e6]) func gamma(_ shape: Double) {
    let all = draws(5) { $0.gamma(shape) }
    let n = Double(all.count)
    let mean = all.reduce(0, +) / n
    let variance = all.reduce(0) { $0 + ($1 - shape) * ($1 - shape) } / n
    #expect(abs(mean - shape) < 4 * (shape / n).squareRoot())
    #expect(abs(variance - shape) < 4 * ((2 * shape * shape + 6 * shape) / n).squareRoot())
    // Of shape 1 it is the exponential distribution.
    if shape == 1 { #expect(distance(all) { 1 - Foundation.exp(-$0) } < 2) }
  }

  /// Each count as often as its probability says: χ² of so many cells is above its mean by five deviations in one of a
  /// million cases.
  @Test(arguments: [0.3, 4, 9.9, 10.1, 25, 300]) func poisson(_ mean: Double) {
    let all = draws(6) { $0.poisson(mean) }
    let n = Double(all.count)
    let counts = Dictionary(all.map { ($0, 1) }, uniquingKeysWith: +)
    var (chi, cells, rest, left) = (0.0, 0.0, 0.0, n)
    for k in 0...Int(mean + 10 * mean.squareRoot() + 10) {
      let expected = n * Foundation.exp(Double(k) * Foundation.log(mean) - mean - Double.logGamma(Double(k) + 1))
      let found = Double(counts[Double(k)] ?? 0)
      if expected < 5 {
        rest += found - expected
        continue
      }
      left -= expected
      chi += (found - expected) * (found - expected) / expected
      cells += 1
    }
    chi += rest * rest / max(5, left)
    #expect(chi < cells + 5 * (2 * cells).squareRoot(), "\(chi) of \(cells)")
    #expect(all.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
  }

  @Test func largeAndEmptyMeans() {
    #expect(draws(7, 5) { $0.poisson(0) } == [0, 0, 0, 0, 0])
    let all = draws(8, 1000) { $0.poisson(1e12) }
    let mean = all.reduce(0, +) / 1000
    let allowed = 4 * 1e6 / 1000.0.squareRoot()
    #expect(abs(mean - 1e12) < allowed)
  }
}
