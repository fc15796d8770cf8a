import Recurrent
import Tensors
import Testing

@Suite struct DieboldMarianoTests {
  /// For forecasts of one step, the corrected test is Student's test of pairs.
  @Test func oneStepIsThePairedTest() throws {
    let (a, b) = ([1.0, 4, 2, 8, 5, 7], [2.0, 4, 5, 9, 5, 12])
    let test = try #require(DieboldMariano(a, b, horizon: 1))
    let d = zip(a, b).map { $0 - $1 }
    let mean = d.reduce(0, +) / 6
    let deviation = (d.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5).squareRoot()
    #expect(abs(test.statistic - mean / (deviation / 6.0.squareRoot())) < 1e-12)
    #expect(abs(test.p - 2 * Double.studentCDF(test.statistic, degrees: 5)) < 1e-12)
    #expect(test.difference == mean && test.statistic < 0)
    let turned = try #require(DieboldMariano(b, a, horizon: 1))
    #expect(turned.statistic == -test.statistic && turned.p == test.p)
  }

  /// d = 1, 2, 3, 4, -4, 0 with mean 1: γ₀ = (0 + 1 + 4 + 9 + 25 + 1) / 6 and γ₁ = (0 + 2 + 6 - 15 + 5) / 6. The
  /// variance is (40 - 4) / 6, the correction √((6 + 1 - 4 + 2 / 6) / 6).
  @Test func twoStepsByHand() throws {
    let test = try #require(DieboldMariano([1, 2, 3, 4, -4, 0], [0, 0, 0, 0, 0, 0], horizon: 2))
    let correction = (3.0 + 1.0 / 3) / 6
    let wanted = correction.squareRoot()
    #expect(abs(test.statistic - wanted) < 1e-12, "\(test.statistic)")
  }

  /// Where neighbours pull in opposite directions, the sum falls to 0 or below, and Bartlett's weights take over.
  @Test func alternatingLosses() throws {
    let d = (0..<20).map { $0 % 2 == 0 ? 1.5 : -0.5 }
    let test = try #require(DieboldMariano(d, d.map { _ in 0 }, horizon: 2))
    #expect(test.statistic.isFinite && test.difference == 0.5)
  }

  @Test func tooLittleToTell() {
    #expect(DieboldMariano([], [], horizon: 1) == nil)
    #expect(DieboldMariano([1, 2], [2, 1], horizon: 1) == nil)
    #expect(DieboldMariano([1, 2, 3, 4], [2, 1, 0, 0], horizon: 4) == nil)
    #expect(DieboldMariano([1, 2, 3], [1, 2, 3], horizon: 1) == nil)
  }

  /// Of forecasts that are equally good, one in twenty is called better or worse: 2,000 pairs of 40 losses each, whose
  /// errors overlap over three steps. A test of level 5 % that keeps it rejects 5 % ± 2 % (four standard deviations).
  @Test func itsErrorIsWhatItSays() {
    var random = SequentialRandom(RandomKey(seed: 12))
    var rejected = 0
    for _ in 0..<2000 {
      let noise = (0..<42).map { _ in random.normal() }
      let losses: [Double] = (0..<40).map { start in noise[start..<start + 3].reduce(0, +) }
      let others = [Double](repeating: 0, count: 40)
      if let test = DieboldMariano(losses, others, horizon: 3), test.p < 0.05 { rejected += 1 }
    }
    // Known to reject a little too often with few losses (Harvey et al. 1997, table 1: 5 to 9 %).
    #expect((60...200).contains(rejected), "\(rejected) of 2,000")
  }
}
