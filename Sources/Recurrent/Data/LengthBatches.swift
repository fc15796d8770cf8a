/// Batches of sequences of similar length, so that little is padded.
///
/// Lengths fall into classes; those of a class differ by at most `slack` times the length. Items are put in the order of
/// their classes, within one in random order, and cut into batches, which then come in random order. Classes of successive
/// batches overlap in their ends at most, so the padding of one pass over the data is at most
///
///     slack * (sum of all lengths) + (size - 1) * (longest - shortest)
///
/// steps: a batch pads each item to the top of the item's class, at most `slack` times its length, and from there to the
/// top of the highest class in the batch, which all items but one need at most, and which over all batches adds up to the
/// distance from the shortest to the longest.
public enum LengthBatches {
  /// Batches of at most `size` indices of `lengths`; every index occurs once.
  /// - Parameters:
  ///   - key: its `step` is best the epoch. The same key gives the same batches.
  ///   - slack: more mixes the items more, and pads more.
  public static func shuffled(lengths: [Int], size: Int, slack: Double = 0.125, key: RandomKey) -> [[Int]] {
    precondition(slack >= 0, "a slack of \(slack)")
    var random = SequentialRandom(key)
    let tops = tops(through: lengths.max() ?? 0, slack: slack)
    let classes = lengths.map { length in tops.partitioningIndex { $0 >= length } }
    let mixed = Array(lengths.indices).inRandomOrder(&random)
    var order = [[Int]](repeating: [], count: tops.count)
    for index in mixed { order[classes[index]].append(index) }
    return cut(Array(order.joined()), size).inRandomOrder(&random)
  }

  /// Batches in the order of length, items of the same length in theirs: for evaluation.
  public static func sorted(lengths: [Int], size: Int) -> [[Int]] {
    cut(lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }, size)
  }

  private static func cut(_ order: [Int], _ size: Int) -> [[Int]] {
    precondition(size > 0, "batches of \(size)")
    return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
  }

  /// The longest length of each class: 0, 1, 2, ..., and farther apart as `slack` times the length allows it.
  private static func tops(through longest: Int, slack: Double) -> [Int] {
    var tops = [0]
    while let last = tops.last, last < longest {
      // From last + 1 to the top it is at most slack times the length.
      tops.append(min(longest, last + 1 + Int(Double(last + 1) * slack)))
    }
    return tops
  }
}

extension Array {
  /// Where the elements begin for which a condition holds, which holds for all after one.
  fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
