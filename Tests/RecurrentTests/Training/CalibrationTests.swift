import Recurrent
import Testing

@Suite struct CalibrationTests {
  @Test func valuesByHand() {
    var calibration = Calibration(bins: 5)
    #expect(calibration.expectedError == 0)
    for (confidence, correct) in [
      // (0.8, 1]: confidences add up to 2.75, 2 are right; (0.4, 0.6]: 1.1 and 2; (0, 0.2]: 0.2 and 0.
      (1.0, true), (0.9, true), (0.85, false), (0.5, true), (0.6, true), (0.2, false),
    ] { calibration.add(confidence: confidence, correct: correct) }
    #expect(calibration.bins.map(\.count) == [1, 0, 2, 0, 3])
    #expect(abs(calibration.expectedError - (0.75 + 0.9 + 0.2) / 6) < 1e-15)
  }

  /// Bins are open below and closed above.
  @Test func ends() {
    var calibration = Calibration()
    #expect(calibration.bins.count == 15)
    for confidence in [0, 1e-9, 1.0 / 15, 1.0 / 15 + 1e-9, 1, 1 + 1e-7] {
      calibration.add(confidence: confidence, correct: true)
    }
    #expect(calibration.bins.map(\.count) == [3, 1] + Array(repeating: 0, count: 12) + [2])
  }

  @Test func whatIsRightAsOftenAsSaidIsCalibrated() {
    var calibration = Calibration()
    for index in 0..<1000 { calibration.add(confidence: 0.7, correct: index % 10 < 7) }
    #expect(calibration.expectedError < 1e-12)
  }
}
