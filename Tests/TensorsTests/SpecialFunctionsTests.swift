import Foundation
import Tensors
import Testing

/// Against closed forms and the functions of which they are the integrals or inverses.
@Suite struct SpecialFunctionsTests {
  /// Rounding errors of a dozen operations on numbers of this size.
  private func near(_ a: Double, _ b: Double, _ tolerance: Double = 4e-15) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
  }

  @Test func logarithmsOfFactorials() {
    var factorial = 0.0
    for n in 1...170 {
      // The logarithms of the factors are added, each with an error of half a unit.
      #expect(near(Double.logGamma(Double(n)), factorial, 2e-14), "\(n)")
      factorial += Foundation.log(Double(n))
    }
    // Stirling's formula at 12.5 and the logarithm of a product cancel, each near 19.
    #expect(near(Double.logGamma(0.5), 0.5 * Foundation.log(Double.pi), 20 * 1e-15))
    #expect(near(Double.logGamma(1e-9), 9 * Foundation.log(10) - 0.5772156649e-9))
    // Stirling's formula by itself is exact here.
    let x = 1e10
    #expect(near(Double.logGamma(x), (x - 0.5) * Foundation.log(x) - x + 0.5 * Foundation.log(2 * Double.pi)))
  }

  @Test func digammaIsTheDerivative() {
    let euler = 0.577_215_664_901_532_9
    #expect(near(Double.digamma(1), -euler))
    #expect(near(Double.digamma(0.5), -euler - 2 * Foundation.log(2)))
    for x in [0.01, 0.3, 1.7, 6, 11.9, 12.1, 300] {
      // Near 0 the two terms of the sum, 1 / x each, cancel.
      #expect(near(Double.digamma(x + 1), Double.digamma(x) + 1 / x, 1e-14 * max(1, 1 / x)), "\(x)")
      // Central differences: h² / 6 times the third derivative, 2 / x³ at most, and rounding by 1e-15 / h of ln Γ.
      let h = 1e-5 * x
      let slope = (Double.logGamma(x + h) - Double.logGamma(x - h)) / (2 * h)
      #expect(abs(slope - Double.digamma(x)) < 1e-9 / x + 1e-9 * max(1, abs(slope)), "\(x)")
    }
  }

  @Test func normalDistribution() {
    #expect(near(Double.normalCDF(0), 0.5))
    #expect(near(Double.normalCDF(1.959963984540054), 0.975))
    #expect(near(Double.normalCDF(-6), 9.865876450376981e-10, 1e-22))
    for p in [1e-12, 1e-4, 0.025, 0.2, 0.5, 0.8, 0.999, 1 - 1e-9] {
      #expect(abs(Double.normalCDF(Double.normalQuantile(p)) - p) < 1e-13 * min(1, 10 * p) + 1e-16, "\(p)")
    }
    #expect(near(Double.normalQuantile(0.975), 1.959963984540054))
  }

  @Test func betaFunctionIsASumOfBinomials() {
    for x in [0.001, 0.2, 0.5, 0.77, 0.999] {
      #expect(near(Double.regularizedBeta(x, 1, 3.5), 1 - Foundation.pow(1 - x, 3.5), 1e-13))
      #expect(near(Double.regularizedBeta(x, 2.5, 1), Foundation.pow(x, 2.5), 1e-13))
      // I_x(k, n - k + 1) is the probability of k successes or more in n trials.
      for k in 1...9 {
        var sum = 0.0
        for j in k...9 {
          let choose = Foundation.exp(
            Double.logGamma(10) - Double.logGamma(Double(j + 1)) - Double.logGamma(Double(10 - j)))
          sum += choose * Foundation.pow(x, Double(j)) * Foundation.pow(1 - x, Double(9 - j))
        }
        #expect(near(Double.regularizedBeta(x, Double(k), Double(10 - k)), sum, 1e-13), "\(x) \(k)")
      }
    }
    #expect(Double.regularizedBeta(0, 2, 3) == 0 && Double.regularizedBeta(1, 2, 3) == 1)
  }

  /// With one degree of freedom it is Cauchy's distribution, and with two it has a closed form too.
  @Test func studentDistribution() {
    for t in [-40.0, -3, -0.5, 0, 0.2, 1, 7] {
      #expect(near(Double.studentCDF(t, degrees: 1), 0.5 + Foundation.atan(t) / Double.pi, 1e-13))
      #expect(near(Double.studentCDF(t, degrees: 2), 0.5 + t / (2 * (2 + t * t).squareRoot()), 1e-13))
    }
    // With many degrees of freedom it is the normal one, up to (z³ + z) / (4 ν) of its density.
    #expect(abs(Double.studentQuantile(0.975, degrees: 1e6) - 1.959963984540054) < 3e-6)
    for degrees in [1, 2.01, 3.5, 12, 400] {
      for p in [1e-6, 0.01, 0.3, 0.5, 0.95, 0.9999] {
        let t = Double.studentQuantile(p, degrees: degrees)
        #expect(abs(Double.studentCDF(t, degrees: degrees) - p) < 1e-12, "\(degrees) \(p)")
      }
    }
  }
}
