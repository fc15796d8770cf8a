import Tensors

/// Parity: is the number of ones among the bits read so far odd? One bit of memory is enough, and each one must turn it over.
///
/// It is asked after each step of sequences of any length up to the longest, so that short ones can show the way; and then of
/// sequences that are twice as long, four times, and so on.
public struct Parity: MemoryTask {
  public let length: Int
  private static let (doublings, mostSteps) = (5, 4000)

  /// - Precondition: at least 1 step.
  public init(length: Int) {
    precondition(length >= 1, "a parity of \(length) bits")
    self.length = length
  }

  public var name: String { "parity" }
  public var inputs: Int { 2 }
  public var outputs: Int { 2 }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 8, batch: 20, rate: 0.01, sequences: 40_000, testEvery: 1_000, span: length)
  }
  public var published: String {
    "Hochreiter and Schmidhuber 1996: asked once, after 500 to 600 bits, random guessing of the weights of a small network "
      + "finds it after 2,906 trials, while gradients alone do not (Bengio, Simard and Frasconi 1994)"
  }
  public var criterion: String {
    "share of sequences of \(length) bits that are right at every step; solved from 0.99 on; reach is the longest length of "
      + "which this is true"
  }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples {
    var random = SequentialRandom(key.stream(key.stream + 1))
    return examples((0..<count).map { _ in Int.random(in: 1...length, using: &random) }, key: key)
  }

  /// Sequences of these lengths.
  private func examples(_ lengths: [Int], key: RandomKey) -> MemoryExamples {
    let time = lengths.max() ?? 0
    var random = SequentialRandom(key)
    var ids = [Int32](repeating: 0, count: lengths.count * time)
    var (asked, classes): ([Int32], [Int32]) = ([], [])
    for (row, length) in lengths.enumerated() {
      var odd: Int32 = 0
      for step in 0..<length {
        let bit = Int32.random(in: 0...1, using: &random)
        odd ^= bit
        ids[row * time + step] = bit
        asked.append(Int32(row * time + step))
        classes.append(odd)
      }
    }
    return MemoryExamples(
      input: .tokens(ids, batch: lengths.count, time: time, embedding: nil), lengths: lengths.map(Int32.init),
      asked: asked, answers: .classes(classes))
  }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    func share(_ length: Int, of count: Int) -> Double {
      accuracy(examples(Array(repeating: length, count: count), key: key), each: length, answers)
    }
    let right = share(length, of: 500)
    guard right >= 0.99 else { return MemoryScore(value: right, solved: false, reach: 0) }
    var reach = length
    let farthest = max(length, min(length << Self.doublings, Self.mostSteps))
    while 2 * reach <= farthest, share(2 * reach, of: 100) >= 0.99 { reach *= 2 }
    return MemoryScore(value: right, solved: true, reach: reach, finished: 2 * reach > farthest)
  }
}
