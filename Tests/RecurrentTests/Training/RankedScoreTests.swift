import Recurrent
import Tensors
import Testing

@Suite struct RankedScoreTests {
  /// ∫ (F(x) - 1{x ≥ y})² dx by the middle of steps of 1e-3, of which the one at y may be off by half a step.
  @Test func theIntegralOfItsDefinition() {
    for (mean, deviation, outcome) in [(0.0, 1.0, 0.3), (2, 0.5, 2), (-1, 3, 7)] {
      var sum = 0.0
      let h = 1e-3
      for step in -40_000..<40_000 {
        let x = (Double(step) + 0.5) * h
        let distance = Double.normalCDF((x - mean) / deviation) - (x >= outcome ? 1 : 0)
        sum += distance * distance * h
      }
      #expect(abs(RankedScore.gaussian(mean: mean, deviation: deviation, outcome: outcome) - sum) < h)
    }
  }

  /// Sums over all pairs.
  @Test func samples() {
    let x = [3, -1, 0.5, 0.5, 8]
    for outcome in [-4, 0.5, 2, 20] {
      var (error, spread) = (0.0, 0.0)
      for a in x {
        error += abs(a - outcome) / 5
        for b in x { spread += abs(a - b) / 25 }
      }
      #expect(abs(RankedScore.samples(x, outcome: outcome) - (error - spread / 2)) < 1e-12)
    }
    #expect(RankedScore.samples([2], outcome: 5) == 3)
  }

  /// With many levels the pinball losses become the score: a level more or less moves the mean by 1 / 2,000 of the
  /// greatest.
  @Test func quantilesBecomeTheScore() {
    let levels = (0..<2000).map { (Double($0) + 0.5) / 2000 }
    let quantiles = levels.map { Double.normalQuantile($0) }
    for outcome in [-2, 0, 0.7] {
      let exact = RankedScore.gaussian(mean: 0, deviation: 1, outcome: outcome)
      #expect(abs(RankedScore.quantiles(quantiles, levels: levels, outcome: outcome) - exact) < 2e-3)
    }
    #expect(RankedScore.pinball(2, level: 0.9) == 1.8 && abs(RankedScore.pinball(-2, level: 0.9) - 0.2) < 1e-15)
  }

  /// Of many draws from the distribution itself: four standard deviations, of which one is below 1 / √n.
  @Test func samplesOfANormalDistribution() {
    var random = SequentialRandom(RandomKey(seed: 1))
    let draws = (0..<20_000).map { _ in random.normal() }
    let exact = RankedScore.gaussian(mean: 0, deviation: 1, outcome: 0.4)
    #expect(abs(RankedScore.samples(draws, outcome: 0.4) - exact) < 4 / 20_000.0.squareRoot())
  }
}
