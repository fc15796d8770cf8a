import Recurrent
import Testing

@Suite struct LengthBatchesTests {
  /// Lengths of several kinds: even, long-tailed, all equal, with empty ones.
  static let cases: [[Int]] = {
    var random = SequentialRandom(RandomKey(seed: 8))
    return [
      (0..<1000).map { _ in Int.random(in: 1...200, using: &random) },
      (0..<1000).map { _ in Int(5 / (1 - Double.random(in: 0..<0.999, using: &random))) },
      Array(repeating: 17, count: 100), (0..<50).map { $0 % 3 }, [3], [], [0, 0, 1000], Array(1...999),
    ]
  }()

  private func padding(_ batches: [[Int]], _ lengths: [Int]) -> Int {
    batches.reduce(0) { sum, batch in
      let longest = batch.map { lengths[$0] }.max() ?? 0
      return sum + batch.reduce(0) { $0 + longest - lengths[$1] }
    }
  }

  @Test(arguments: cases.indices, [1, 2, 7, 32, 2000]) func everyItemOnceAndLittleWaste(_ index: Int, _ size: Int) {
    let lengths = Self.cases[index]
    let spread = (lengths.max() ?? 0) - (lengths.min() ?? 0)
    for slack in [0, 0.125, 0.5] {
      let batches = LengthBatches.shuffled(lengths: lengths, size: size, slack: slack, key: RandomKey(seed: 3))
      #expect(batches.joined().sorted() == Array(lengths.indices))
      #expect(batches.allSatisfy { !$0.isEmpty && $0.count <= size })
      #expect(batches.count == (lengths.count + size - 1) / size)
      let bound = slack * Double(lengths.reduce(0, +)) + Double((size - 1) * spread)
      #expect(Double(padding(batches, lengths)) <= bound)
    }
    let sorted = LengthBatches.sorted(lengths: lengths, size: size)
    #expect(Array(sorted.joined()) == lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) })
  }

  /// Of 1,000 lengths up to 200 in batches of 32, a tenth is padded at most; of the same in the order in which they come,
  /// nearly half.
  @Test func littleIsPadded() {
    let lengths = Self.cases[0]
    let batches = LengthBatches.shuffled(lengths: lengths, size: 32, key: RandomKey(seed: 1))
    let total = Double(lengths.reduce(0, +))
    #expect(Double(padding(batches, lengths)) < 0.1 * total)
    let asTheyCome = stride(from: 0, to: 1000, by: 32).map { Array($0..<min(1000, $0 + 32)) }
    #expect(Double(padding(asTheyCome, lengths)) > 0.8 * total)
  }

  @Test func epochsDiffer() {
    let lengths = Self.cases[0]
    func batches(_ epoch: UInt32) -> [[Int]] {
      LengthBatches.shuffled(lengths: lengths, size: 8, key: RandomKey(seed: 1, step: epoch))
    }
    #expect(batches(0) == batches(0) && batches(0) != batches(1))
    // Not only the order of batches changes, but who is together.
    let together = Set(batches(0).map(Set.init)).intersection(batches(1).map(Set.init))
    #expect(together.count < 10)
    // Batches come in no order of length.
    let means = batches(0).map { batch in batch.reduce(0) { $0 + lengths[$1] } / batch.count }
    let ascents = zip(means, means.dropFirst()).count { $0 < $1 }
    // Of 124 pairs half ascend, with a standard deviation of 3.2.
    #expect(abs(ascents - 62) < 20)
  }
}
