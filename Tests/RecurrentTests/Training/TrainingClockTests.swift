import Recurrent
import Testing

@Suite struct TrainingClockTests {
  @Test func itNeverGoesBack() {
    let readings = (0..<1000).map { _ in TrainingClock.seconds() }
    #expect(zip(readings, readings.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(readings[999] < readings[0] + 60)
  }
}
