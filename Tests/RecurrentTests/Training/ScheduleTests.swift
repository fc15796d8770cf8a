import Recurrent
import Testing

@Suite struct ScheduleTests {
  private func rate(
    _ schedule: Schedule, step: Int = 1000, epoch: Int = 0, progress: Double = 0, reductions: Int = 0
  ) -> Float {
    schedule.rate(8, step: step, epoch: epoch, progress: progress, reductions: reductions)
  }

  @Test func stepsHoldAndThenMultiply() {
    // Halved every epoch after the fourth.
    #expect((0..<7).map { rate(.step(after: 4, every: 1, factor: 0.5), epoch: $0) } == [8, 8, 8, 8, 4, 2, 1])
    #expect((0..<7).map { rate(.step(after: 1, every: 2, factor: 0.5), epoch: $0) } == [8, 4, 4, 2, 2, 1, 1])
  }

  @Test func theOthers() {
    #expect(rate(.constant, epoch: 9) == 8)
    #expect((0..<4).map { rate(.exponential(factor: 0.5), epoch: $0) } == [8, 4, 2, 1])
    #expect((0..<4).map { rate(.plateau(patience: 2, factor: 0.5), reductions: $0) } == [8, 4, 2, 1])
    #expect((0..<4).map { rate(.cosine(warmup: 4), step: $0) } == [2, 4, 6, 8])
    #expect(rate(.cosine(warmup: 4), progress: 0) == 8)
    #expect(abs(rate(.cosine(warmup: 4), progress: 0.5) - 4) < 1e-6)
    #expect(rate(.cosine(warmup: 4), progress: 1) == 0)
  }
}
