import Recurrent
import Tensors
import Testing

@Suite struct ConformalIntervalsTests {
  @Test func theRankByHand() {
    var intervals = ConformalIntervals(level: 0.8, horizon: 2)
    #expect(intervals.correction(step: 0) == nil && intervals.calibrated(1...2, step: 0, unit: 1) == 1...2)
    // Scores 3, -1, 0.5 and 2: the fourth of four, as (4 + 1) · 0.8 = 4.
    for outcome in [13, 9, 10.5, 12.0] { intervals.add(outcome: outcome, interval: 0...10, step: 0, unit: 1) }
    #expect(intervals.correction(step: 0) == 3)
    #expect(intervals.correction(step: 1) == nil)
    // (5 + 1) · 0.8 = 4.8: the fifth of 3, -1, 0.5, 2 and 20.
    intervals.add(outcome: -40, interval: 0...10, step: 0, unit: 2)
    #expect(intervals.correction(step: 0) == 20)
    #expect(intervals.calibrated(0...10, step: 0, unit: 3) == -60...70)
  }

  @Test func intervalsNarrowAndMeet() {
    var intervals = ConformalIntervals(level: 0.5, horizon: 1)
    for _ in 0..<9 { intervals.add(outcome: 5, interval: 0...10, step: 0, unit: 1) }
    #expect(intervals.calibrated(0...12, step: 0, unit: 1) == 5...7)
    #expect(intervals.calibrated(0...4, step: 0, unit: 1) == 2...2)
  }

  /// Intervals that are far too narrow, and outcomes in any order: the next is covered as often as the level says,
  /// within four standard deviations of 2,000 trials, 0.027.
  @Test func coverage() {
    var random = SequentialRandom(RandomKey(seed: 4))
    var covered = 0
    for _ in 0..<2000 {
      var intervals = ConformalIntervals(level: 0.9, horizon: 1)
      for _ in 0..<30 { intervals.add(outcome: random.normal(), interval: -0.1...0.1, step: 0, unit: 1) }
      if intervals.calibrated(-0.1...0.1, step: 0, unit: 1).contains(random.normal()) { covered += 1 }
    }
    #expect(abs(Double(covered) / 2000 - 28.0 / 31) < 0.027, "\(covered)")
  }
}
