import Recurrent
import Testing

@Suite struct AxisTicksTests {
  @Test func roundNumbers() {
    #expect(AxisTicks.values(from: 0, to: 10, about: 5) == [0, 2, 4, 6, 8, 10])
    #expect(AxisTicks.values(from: 709_000, to: 932_000, about: 5) == [750_000, 800_000, 850_000, 900_000])
    for (low, high) in [(-3.2, 7.1), (1e-9, 3e-9), (1e9, 1.0001e9), (-1e15, 1e15), (0.1, 0.10001)] {
      let ticks = AxisTicks.values(from: low, to: high, about: 6)
      #expect((2...14).contains(ticks.count), "\(ticks)")
      let slack = 1e-9 * (high - low)
      #expect(ticks.allSatisfy { $0 >= low - slack && $0 <= high + slack })
    }
    #expect(AxisTicks.values(from: 3, to: 3, about: 5) == [3])
    #expect(AxisTicks.values(from: 0, to: .infinity, about: 5) == [0])
  }

  @Test func textsOfNumbers() {
    let texts: [(Double, Double, String)] = [
      (750_000, 50_000, "750,000"), (0, 1, "0"), (0.30000000000000004, 0.1, "0.3"), (-2.5, 0.5, "-2.5"),
      (2, 0.5, "2.0"),
      (1e-18, 0.1, "0"), (2e12, 1e12, "2e12"), (3e-9, 1e-9, "3e-9"), (1234.5, 0.5, "1,234.5"), (10, 5, "10"),
    ]
    for (value, step, text) in texts { #expect(AxisTicks.text(value, step: step) == text) }
  }
}
