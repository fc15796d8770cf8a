import Recurrent
import Testing

@Suite struct StratifiedSplitTests {
  private func labels(_ counts: [Int]) -> [Int] {
    counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
  }

  /// Worked by hand: a fifth of 7, 2 and 1 is 2 in all; 1.4, 0.4 and 0.2 are due, 1 and the largest remainder are given.
  @Test func sharesByLargestRemainder() {
    func held(_ counts: [Int], _ fraction: Double) -> [Int] {
      let labels = labels(counts)
      let split = StratifiedSplit(labels: labels, fraction: fraction, key: RandomKey(seed: 1))
      return counts.indices.map { label in split.heldOut.count { labels[$0] == label } }
    }
    #expect(held([7, 2, 1], 0.2) == [2, 0, 0])
    // Of equal remainders the first label has it.
    #expect(held([2, 7, 1], 0.2) == [1, 1, 0])
    // 3 in all; 1.5, 0.9 and 0.6 are due: the last goes to 0.9 and 0.6.
    #expect(held([5, 3, 2], 0.3) == [1, 1, 1])
    #expect(held([100, 50, 10], 0.1) == [10, 5, 1])
    // The last of a label is not held out.
    #expect(held([1, 1, 1, 1], 0.5) == [0, 0, 0, 0])
    #expect(held([3, 1], 0.5) == [2, 0])
  }

  @Test(arguments: [0.01, 0.1, 0.25, 0.5, 0.9]) func everyItemIsOnOneSide(_ fraction: Double) {
    let labels = labels([500, 300, 41, 7, 2]).map { "l\($0)" }
    let split = StratifiedSplit(labels: labels, fraction: fraction, key: RandomKey(seed: 5))
    #expect((split.training + split.heldOut).sorted() == Array(labels.indices))
    #expect(split.training == split.training.sorted() && split.heldOut == split.heldOut.sorted())
    #expect(split.heldOut.count == Int((fraction * 850).rounded()))
    for label in Set(labels) {
      let all = labels.count { $0 == label }
      let held = split.heldOut.count { labels[$0] == label }
      // Rounding the whole moves a label's due by its part of a half at most.
      #expect(abs(Double(held) - fraction * Double(all)) < 1.5 && held < all)
    }
  }

  @Test func seedsDecide() {
    let labels = labels([60, 40])
    func split(_ seed: UInt64) -> StratifiedSplit {
      StratifiedSplit(labels: labels, fraction: 0.3, key: RandomKey(seed: seed))
    }
    #expect(split(1) == split(1) && split(1) != split(2))
    // Every item is held out by some seed, about as often as any other: 0.3 of 400 draws is 120, standard deviation 9.2.
    var counts = [Int](repeating: 0, count: labels.count)
    for seed in 0..<400 { for index in split(UInt64(seed)).heldOut { counts[index] += 1 } }
    #expect(counts.allSatisfy { abs($0 - 120) < 55 })
  }

  @Test func duplicatesOnBothSides() {
    let texts = ["a", "b", "a", "c", "b", "a", "d", "d"]
    let found = DuplicateText.find(in: texts, training: [0, 2, 3, 4], heldOut: [1, 5, 6, 7])
    #expect(found == [DuplicateText(training: 4, heldOut: 1), DuplicateText(training: 0, heldOut: 5)])
  }
}
