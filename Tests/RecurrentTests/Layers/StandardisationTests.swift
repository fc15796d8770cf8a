import Recurrent
import TestSupport
import Tensors
import Testing

@Suite struct StandardisationTests {
  private static let x = RandomKey(seed: 1).uniform([50, 7], in: 5..<9)

  /// Sums of 50 numbers below 2 in size, each rounded to 2^-24 of the 9 that it comes from.
  @Test func whatIsMeasuredHasMeanZeroAndVarianceOne() {
    let y = rows(Standardisation(measuring: Self.x)(Self.x).scalars, of: 7)
    for feature in 0..<7 {
      let values = y.map { Double($0[feature]) }
      let mean = values.reduce(0, +) / 50
      #expect(abs(mean) < 2e-6)
      // The epsilon of 1e-5, relative to a variance of 4 / 3.
      #expect(abs(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50 - 1) < 2e-5)
    }
  }

  @Test func aConstantFeatureKeepsItsScale() {
    let same = Tensor(shape: [3, 2], repeating: 4)
    let standardisation = Standardisation(measuring: same)
    #expect(standardisation.scale.scalars == [1, 1])
    #expect(standardisation(Tensor([5, 3], shape: [1, 2])).scalars == [1, -1])
    #expect(Standardisation(features: 2)(same) == same)
  }

  private struct Model: Module {
    let standardisation = Standardisation(measuring: StandardisationTests.x)
    var x = StandardisationTests.x
    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows { try visit("x", &x) }
  }

  @Test func derivatives() {
    let check = DerivativeCheck(Model()) { model in
      let y = model.standardisation(model.x)
      return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
    }
    #expect(check.worst < 1, "\(check)")
  }
}
