import Recurrent
import TestSupport
import Testing

@Suite struct UnitScoreTests {
  /// Counts pairs. Few different values, so that many are equal.
  @Test(arguments: 0..<20) func theAreaIsThatOfAllPairs(seed: UInt64) {
    let values = sampleValues(40, in: -3...3, seed: seed + 1).map { $0.rounded() }
    let holds = sampleValues(40, seed: seed + 100).map { $0 > 1 }
    var (pairs, wins) = (0.0, 0.0)
    for i in holds.indices where holds[i] {
      for j in holds.indices where !holds[j] {
        pairs += 1
        wins += values[i] > values[j] ? 1 : values[i] == values[j] ? 0.5 : 0
      }
    }
    // Both are multiples of a half over the number of pairs.
    #expect(abs((Association.areaUnderCurve(values, holds) ?? -1) - wins / pairs) < 1e-12)
  }

  @Test func whereAllAreAlikeThereIsNoArea() {
    #expect(Association.areaUnderCurve([1, 2], [true, true]) == nil)
    #expect(Association.areaUnderCurve([1, 2], [false, false]) == nil)
    #expect(Association.areaUnderCurve([1, 1], [false, true]) == 0.5)
  }

  @Test func theCorrelationIsPearsons() throws {
    // Deviations -1.5, -0.5, 0.5, 1.5 and -2, 0, 2, 0: 6 / 2 over the root of 5 times 8.
    let found = try #require(Association.correlation([1, 2, 3, 4], [1, 3, 5, 3]))
    #expect(abs(found - (3 + 1) / 40.0.squareRoot()) < 1e-12)
    #expect(Association.correlation([1, 1], [0, 1]) == nil && Association.correlation([1, 2], [3, 3]) == nil)
  }

  private static let holds = (0..<200).map { $0 / 7 % 2 == 0 }
  private static let property = holds.map { $0 ? 1.0 : 0 }

  /// - Parameter units: `[hidden][time]`
  private static func trace(_ units: [[Float]]) -> StateTrace {
    let time = units[0].count
    let h = Tensor((0..<time).flatMap { step in units.map { $0[step] } }, shape: [time, units.count])
    return StateTrace(states: [[h]], names: [["h"]])
  }

  /// Unit 0 tells the property in the first half alone, unit 1 most of the time and the other way round, unit 2 nothing.
  @Test func unitsAreScoredWhereTheyWereNotChosen() throws {
    let noise = sampleValues(200, seed: 5)
    let lucky = Self.holds.enumerated().map { $0 < 100 ? ($1 ? 1 : -1) : noise[$0] } as [Float]
    let steady = Self.holds.enumerated().map { ($1 ? -1 : 1) + noise[$0] / 2 } as [Float]
    let best = try Self.trace([lucky, steady, noise]).bestUnits(.quotes, Self.property, layers: 0..<1, count: 2)
    #expect(best.map(\.unit.unit) == [0, 1] && best.map(\.isInverted) == [false, true])
    #expect(best[0].chosenOn == 1 && abs(best[0].score - 0.5) < 0.15)
    let second = Association.areaUnderCurve(Array(steady[100...]), Array(Self.holds[100...])) ?? 0
    #expect(abs(best[1].score - (1 - second)) < 1e-12 && best[1].score > 0.8)
  }

  @Test func positionsAreScoredByCorrelation() throws {
    let position = (0..<200).map { Double($0 % 17) }
    let falling = position.map { Float(-$0) }
    let best = try Self.trace([sampleValues(200, seed: 3), falling]).bestUnits(
      .position, position, layers: 0..<1, count: 1)
    #expect(best[0].unit.unit == 1 && best[0].isInverted && abs(best[0].score - 1) < 1e-6)
  }

  /// Tokens at which the property is not known do not count.
  @Test func unknownTokensAreLeftOut() throws {
    var values = Self.property.map { Optional($0) }
    var unit = Self.holds.map { $0 ? 1 : 0 } as [Float]
    (values[199], unit[199]) = (nil, -9)
    let best = try Self.trace([unit]).bestUnits(.capital, values, layers: 0..<1, count: 1)
    #expect(best[0].score == 1)
  }

  @Test func whatHoldsEverywhereIsRefused() {
    let trace = Self.trace([sampleValues(200)])
    #expect(throws: InspectionError.sameEverywhere(property: "inside quotes", holds: false)) {
      try trace.bestUnits(.quotes, Array(repeating: 0, count: 200), layers: 0..<1, count: 1)
    }
    let half = (0..<200).map { $0 < 100 && $0 > 50 ? 0.0 : 1 }
    #expect(throws: InspectionError.sameEverywhere(property: "inside quotes", holds: true)) {
      try trace.bestUnits(.quotes, half, layers: 0..<1, count: 1)
    }
  }
}
