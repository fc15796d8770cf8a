import Recurrent
import Testing

@Suite struct TargetTransformTests {
  /// A logarithm is off by half a unit in its last place, which the exponential turns into as many of the value as the
  /// logarithm is high: 69 at 1e30.
  @Test(arguments: TargetTransform.allCases) func thereAndBack(_ transform: TargetTransform) {
    for value in [1e-9, 0.5, 1, 37, 1e9, 1e30] {
      let back = transform.invert(transform.apply(value))
      let size = transform == .log1p ? 1 + value : value
      #expect(abs(back - value) <= 80 * 2.3e-16 * size, "\(value) \(back)")
    }
    #expect(transform.invert(1e6).isFinite)
  }
}
