import Recurrent
import Testing

@Suite struct EditDistanceTests {
  /// By its recursive definition, over all pairs of short sequences.
  @Test func theDistanceIsTheDefinition() {
    func distance(_ a: [Int], _ b: [Int]) -> Int {
      guard let x = a.first, let y = b.first else { return a.count + b.count }
      let (shorterA, shorterB) = (Array(a.dropFirst()), Array(b.dropFirst()))
      return min(
        distance(shorterA, shorterB) + (x == y ? 0 : 1), distance(shorterA, b) + 1, distance(a, shorterB) + 1)
    }
    var (all, last): ([[Int]], [[Int]]) = ([[]], [[]])
    for _ in 0..<4 {
      last = last.flatMap { text in [0, 1].map { text + [$0] } }
      all += last
    }
    #expect(all.count == 31)
    for a in all { for b in all { #expect(EditDistance.between(a, b) == distance(a, b)) } }
  }

  @Test func theNearestReferenceCounts() {
    var rate = EditRate()
    rate.add(["a", "b"], references: [["x", "y", "z"], ["a", "c"], ["a", "c", "b"]])
    // One edit either way; the longer reference counts.
    #expect(rate.edits == 1 && rate.elements == 3)
    rate.add([], references: [["q"]])
    #expect(rate.rate == 0.5)
    #expect(EditRate().rate == 0)
  }
}
