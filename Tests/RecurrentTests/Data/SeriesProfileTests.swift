import Recurrent
import Testing

@Suite struct SeriesProfileTests {
  private func profile(
    _ values: [Double], transform: TargetTransform = .none, window: Int = 1, season: Int = 1
  ) -> SeriesProfile {
    SeriesProfile(
      fitting: values, name: "s", transform: transform, window: window, season: season, trainedThrough: 3,
      chosenThrough: 4)
  }

  @Test func scalesByHand() {
    let own = profile([1, 2, .nan, 6, 3])
    #expect(own.mean == 3 && own.magnitude == 3)
    // Squares of -2, -1, 3 and 0 about the mean; differences 1 and -3 between neighbours.
    #expect(own.deviation == (14.0 / 4).squareRoot() && own.unit == own.deviation)
    #expect(own.change == 5.0.squareRoot() && own.movement == own.change)
    #expect(own.naiveError == 2)
    // Two steps apart: 1 to the missing one, 2 to 6, the missing one to 3.
    #expect(profile([1, 2, .nan, 6, 3], season: 2).naiveError == 4)
    let wide = profile([0, 3, 0, 3], window: 2)
    #expect(wide.movement == (9.0 / 2).squareRoot())
  }

  @Test func transformedValuesHaveScalesOfTheirOwn() {
    let own = profile([1, 10, 100], transform: .log)
    #expect(abs(own.mean - 2.302585092994046) < 1e-15 && abs(own.change - 2.302585092994046) < 1e-15)
    #expect(own.unit > 40 && own.naiveError == 49.5)
  }

  @Test(arguments: [0.0, 1e-9, 1e9, -7, 1e-30, 1e29]) func constantSeries(_ value: Double) {
    for values in [[value], [value, value, value], [value, .nan, value]] {
      let own = profile(values)
      let scales = [own.deviation, own.change, own.movement, own.magnitude, own.unit]
      // A mean of three equal numbers may be off by a unit in the last place.
      let wanted = value == 0 ? 1 : abs(value)
      #expect(scales.allSatisfy { abs($0 - wanted) <= 3e-16 * wanted }, "\(scales)")
      #expect(own.naiveError == nil)
    }
  }

  @Test func nothingAtAll() {
    for values in [[], [Double.nan]] {
      let own = profile(values)
      #expect(own.mean == 0 && own.deviation == 1 && own.naiveError == nil)
    }
  }

  /// Where values differ only in their last bits, these are no movement.
  @Test func roundingErrorsAreNoScale() {
    #expect(abs(profile([1e9, 1e9 + 1e-7, 1e9]).change - 1e9) < 1)
  }
}
