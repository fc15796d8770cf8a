import Recurrent
import Testing

@Suite struct PrincipalComponentsTests {
  /// Points at (5, 5) + t (0.6, 0.8) + s (-0.8, 0.6), with t and s uncorrelated: variances 8 and 0.25 along these
  /// directions.
  @Test func directionsOfKnownPointsAreFound() {
    let (t, s) = ([-4.0, -2, 0, 2, 4], [-0.5, 0.5] as [Double])
    let places: [(Double, Double)] = t.flatMap { t in s.map { (t, $0) } }
    var points: [Float] = []
    for (t, s) in places {
      let (x, y) = (5 + 0.6 * t - 0.8 * s, 5 + 0.8 * t + 0.6 * s)
      points += [Float(x), Float(y)]
    }
    let found = PrincipalComponents(Tensor(points, shape: [10, 2]), count: 2)
    // Coordinates up to 10 in float32.
    for (coordinates, place) in zip(found.coordinates, places) {
      #expect(abs(coordinates[0] - place.0) < 5e-6)
      // The greatest element of the second direction, -0.8, is made positive.
      #expect(abs(coordinates[1] + place.1) < 5e-6)
    }
    #expect(abs(found.shares[0] - 8 / 8.25) < 1e-6 && abs(found.shares[1] - 0.25 / 8.25) < 1e-6)
  }

  @Test func pointsWithoutSpreadHaveNoDirection() {
    let same = PrincipalComponents(Tensor(shape: [3, 2], repeating: 4), count: 2)
    #expect(same.shares == [0, 0] && same.coordinates == Array(repeating: [0, 0], count: 3))
    #expect(PrincipalComponents(Tensor([1, 3], shape: [2, 1]), count: 2).coordinates == [[-1], [1]])
  }
}
