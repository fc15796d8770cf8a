import Recurrent
import Testing

@Suite struct AllowedTransitionsTests {
  /// 0 outside, 1 begins, 2 goes on: 2 needs 1 or 2 before it, and 1 may not be the last.
  static let allowed = AllowedTransitions(tags: 3) { from, to in
    if to == 2 { return from == 1 || from == 2 }
    return !(from == 1 && to == nil)
  }

  static let sequences: [([Int32], Int?)] = [
    ([], nil), ([0], nil), ([2], 0), ([1], 1), ([1, 2], nil), ([0, 2, 2], 1), ([0, 1, 2, 2, 0, 1, 0], nil),
    ([0, 1, 2, 2, 0, 1], 6), ([0, 0, 2, 1], 2),
  ]

  @Test(arguments: sequences) func theFirstViolationIsFound(_ sequence: [Int32], _ place: Int?) {
    #expect(Self.allowed.firstViolation(in: sequence) == place)
  }

  @Test func startAndEndAreNil() {
    #expect(Self.allowed.allows(nil, 1) && !Self.allowed.allows(nil, 2))
    #expect(Self.allowed.allows(2, nil) && !Self.allowed.allows(1, nil))
  }
}
