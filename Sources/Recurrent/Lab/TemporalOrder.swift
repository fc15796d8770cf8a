import Tensors

/// Temporal order (Hochreiter and Schmidhuber 1997, experiment 6a): among random letters a b c d stand two that matter, each X
/// or Y, the first after a tenth of the sequence and the second after a half. Which two they were, and in which order, is asked
/// for at the end: one of four classes.
public struct TemporalOrder: MemoryTask {
  public let length: Int

  /// - Precondition: at least 10 steps.
  public init(length: Int) {
    precondition(length >= 10, "a temporal order of \(length) steps")
    self.length = length
  }

  /// Symbols: a b c d, X, Y, the start and the end.
  static let (x, start, end) = (Int32(4), Int32(6), Int32(7))

  public var name: String { "order" }
  public var inputs: Int { 8 }
  public var outputs: Int { 4 }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 8, batch: 20, rate: 0.01, sequences: 80_000, testEvery: 2_000, span: length)
  }
  public var published: String {
    "Hochreiter and Schmidhuber 1997, table 9: an LSTM of 2 blocks of 2 cells solves lengths of 100 to 110 after 31,390 "
      + "sequences"
  }
  public var criterion: String { "share of sequences with the right class; solved from 0.99 on (0.25 by chance)" }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples {
    var random = SequentialRandom(key)
    var (ids, classes): ([Int32], [Int32]) = ([], [])
    for _ in 0..<count {
      var row = (0..<length).map { _ in Int32.random(in: 0..<4, using: &random) }
      (row[0], row[length - 1]) = (Self.start, Self.end)
      let (first, second) = (Int32.random(in: 0...1, using: &random), Int32.random(in: 0...1, using: &random))
      row[Int.random(in: length / 10...length / 5, using: &random)] = Self.x + first
      row[Int.random(in: length / 2...3 * length / 5, using: &random)] = Self.x + second
      ids += row
      classes.append(2 * first + second)
    }
    return MemoryExamples(
      input: .tokens(ids, batch: count, time: length, embedding: nil),
      asked: (0..<count).map { Int32($0 * length + length - 1) }, answers: .classes(classes))
  }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    let right = accuracy(examples(500, key: key), answers)
    return MemoryScore(value: right, solved: right >= 0.99)
  }
}
