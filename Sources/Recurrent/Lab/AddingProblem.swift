import Tensors

/// The adding problem (Hochreiter and Schmidhuber 1997, experiment 4): each step brings a number from 0 to 1 and a mark; two
/// steps are marked, and after the last step the sum of their numbers is asked for.
///
/// The first mark is in the first tenth of the sequence, the second one later in the first half, so at least half of the
/// steps lie between what has to be remembered and the answer. The sum of two such numbers has a variance of 1/6: this is the
/// error of one who always says 1, and who remembers the second number alone has half of it.
public struct AddingProblem: MemoryTask {
  public let length: Int

  /// - Precondition: at least 4 steps.
  public init(length: Int) {
    precondition(length >= 4, "an adding problem of \(length) steps")
    self.length = length
  }

  public var name: String { "adding" }
  public var inputs: Int { 2 }
  public var outputs: Int { 1 }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 8, batch: 20, rate: 0.01, sequences: 100_000, testEvery: 2_000, span: length)
  }
  public var published: String {
    "Hochreiter and Schmidhuber 1997, table 7: an LSTM of 2 blocks of 2 cells solves length 100 after 74,000 sequences, "
      + "500 after 209,000, 1,000 after 853,000"
  }
  public var criterion: String { "mean squared error; solved below 0.04 (0.167 for saying 1 always)" }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples {
    let numbers = key.uniform([count, length], in: 0..<1)
    var random = SequentialRandom(key.stream(key.stream + 1))
    var sums: [Float] = []
    let x = Tensor(shape: [count, length, 2]) { x in
      for row in 0..<count {
        let first = Int.random(in: 0..<max(1, length / 10), using: &random)
        let second = Int.random(in: first + 1..<max(first + 2, length / 2), using: &random)
        for time in 0..<length {
          x[2 * (row * length + time)] = numbers.pointer[row * length + time]
          x[2 * (row * length + time) + 1] = time == first || time == second ? 1 : 0
        }
        sums.append(numbers.pointer[row * length + first] + numbers.pointer[row * length + second])
      }
    }
    return MemoryExamples(
      input: .vectors(x), asked: (0..<count).map { Int32($0 * length + length - 1) },
      answers: .numbers(Tensor(sums, shape: [count, 1])))
  }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    let examples = examples(500, key: key)
    let error = Double(examples.answers.loss(answers(examples)).scalar)
    return MemoryScore(value: error, solved: error < 0.04)
  }
}
