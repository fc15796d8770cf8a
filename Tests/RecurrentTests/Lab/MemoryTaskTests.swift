import Recurrent
import TestSupport
import Testing

/// The examples of each task against what its definition says, found in another way.
@Suite struct MemoryTaskTests {
  static let key = RandomKey(seed: 5, stream: 7)

  private func ids(_ examples: MemoryExamples) -> [[Int32]] {
    guard case .tokens(let ids, let batch, let time, nil) = examples.input else { return [] }
    return (0..<batch).map { row in
      Array(ids[row * time..<row * time + Int(examples.lengths?[row] ?? Int32(time))])
    }
  }

  /// For each sequence, the steps at which something is asked, each with its place among the answers.
  private func asked(_ examples: MemoryExamples) -> [[(step: Int, index: Int)]] {
    var steps = Array(repeating: [(step: Int, index: Int)](), count: examples.input.batch)
    for (index, position) in examples.asked.enumerated() {
      steps[Int(position) / examples.input.time].append((Int(position) % examples.input.time, index))
    }
    return steps
  }

  private func classes(_ examples: MemoryExamples) -> [Int32] {
    if case .classes(let classes) = examples.answers { classes } else { [] }
  }

  @Test(arguments: [4, 10, 57, 100]) func addingAsksForTheSumOfTheMarked(_ length: Int) throws {
    let examples = AddingProblem(length: length).examples(200, key: Self.key)
    guard case .vectors(let x) = examples.input, case .numbers(let sums) = examples.answers else {
      Issue.record("not numbers")
      return
    }
    #expect(x.shape == [200, length, 2] && sums.shape == [200, 1])
    let values = x.scalars
    var seconds: Set<Int> = []
    for (row, asked) in asked(examples).enumerated() {
      #expect(asked.map(\.step) == [length - 1])
      let steps = (0..<length).map { (values[2 * (row * length + $0)], values[2 * (row * length + $0) + 1]) }
      #expect(steps.allSatisfy { (0..<1).contains($0.0) && ($0.1 == 0 || $0.1 == 1) })
      let marked = steps.indices.filter { steps[$0].1 == 1 }
      try #require(marked.count == 2)
      #expect(marked[0] < max(1, length / 10) && marked[1] < max(2, length / 2))
      seconds.insert(marked[1])
      #expect(sums.scalars[asked[0].index] == steps[marked[0]].0 + steps[marked[1]].0)
    }
    #expect(seconds.count >= min(20, length / 2 - 1))
  }

  @Test(arguments: [0, 1, 20]) func copyAsksForWhatCameFirst(_ delay: Int) {
    let examples = CopyMemory(delay: delay).examples(50, key: Self.key)
    let (rows, classes) = (ids(examples), classes(examples))
    for (row, asked) in zip(rows, asked(examples)) {
      #expect(row.count == 8 + delay)
      #expect(asked.map(\.step) == Array(4 + delay..<8 + delay))
      #expect(asked.map { classes[$0.index] } == Array(row[..<4]) && row[..<4].allSatisfy { $0 < 8 })
      #expect(row[4..<4 + delay].allSatisfy { $0 == 8 } && row[4 + delay] == 9)
      #expect(row[(5 + delay)...].allSatisfy { $0 == 8 })
    }
  }

  @Test(arguments: [10, 33, 100]) func orderAsksForWhichTwoCame(_ length: Int) {
    let examples = TemporalOrder(length: length).examples(200, key: Self.key)
    let (rows, classes) = (ids(examples), classes(examples))
    for (row, asked) in zip(rows, asked(examples)) {
      let relevant = row.filter { $0 == 4 || $0 == 5 }
      #expect(relevant.count == 2 && asked.map(\.step) == [length - 1])
      #expect(row.first == 6 && row.last == 7)
      let names: [[Int32]: Int32] = [[4, 4]: 0, [4, 5]: 1, [5, 4]: 2, [5, 5]: 3]
      #expect(names[relevant] == classes[asked[0].index])
    }
    #expect(Set(classes) == [0, 1, 2, 3])
  }

  @Test func parityIsTheNumberOfOnes() {
    let examples = Parity(length: 12).examples(100, key: Self.key)
    let (rows, classes) = (ids(examples), classes(examples))
    #expect(Set(rows.map(\.count)) == Set(1...12))
    for (row, asked) in zip(rows, asked(examples)) {
      #expect(asked.map(\.step) == Array(row.indices))
      for (step, index) in asked { #expect(Int(classes[index]) == row[...step].count { $0 == 1 } % 2) }
    }
  }

  /// The language is written down as a whole, and what may follow the start of one of its strings is what does follow it in
  /// some string.
  @Test(arguments: [2, 3]) func countingAsksForWhatMayFollow(_ letters: Int) {
    let task = CountingLanguage(letters: letters, trained: 6)
    let language: [[Int32]] = (1...8).map { n -> [Int32] in
      let runs: [Int32] = (1...Int32(letters)).flatMap { letter in [Int32](repeating: letter, count: n) }
      return [0] + runs + [0]
    }
    let examples = task.examples(40, key: Self.key)
    guard case .sets(let sets) = examples.answers else {
      Issue.record("no sets")
      return
    }
    var seen: Set<Int> = []
    for (row, asked) in zip(ids(examples), asked(examples)) {
      seen.insert((row.count - 1) / letters)
      #expect(language.contains(row + [0]) && asked.map(\.step) == Array(row.indices))
      for (step, index) in asked {
        let start = row[...step]
        let following = Set(
          language.filter { $0.starts(with: start) && $0.count > start.count }.map { $0[start.count] })
        let answer = (0...letters).filter { sets.scalars[index * (letters + 1) + $0] == 1 }
        #expect(Set(answer.map(Int32.init)) == following, "\(start)")
      }
    }
    #expect(seen == Set(1...6))
  }

  /// The shortest and a long one of each task can be drawn.
  @Test func everyLengthThatIsAllowedCanBeDrawn() {
    for kind in MemoryTaskKind.all {
      for length in [kind.lengths?.lowerBound, 11, 500] {
        let examples = kind.task(length: length).examples(3, key: Self.key)
        #expect(examples.input.batch == 3 && !examples.asked.isEmpty, "\(kind.name) \(length ?? 0)")
      }
    }
  }

  @Test func theSameKeyGivesTheSame() {
    for kind in MemoryTaskKind.all {
      let task = kind.task()
      #expect(task.name == kind.name)
      let draws = [Self.key, Self.key, RandomKey(seed: 5, stream: 7, step: 1)].map { key -> [Float] in
        let examples = task.examples(8, key: key)
        switch examples.input {
        case .vectors(let x): return x.scalars
        case .tokens(let ids, _, _, _): return ids.map(Float.init)
        }
      }
      #expect(draws[0] == draws[1] && draws[0] != draws[2], "\(task.name)")
    }
  }

  /// Who answers right has solved a task, and who always says the same has not.
  @Test func judgesTellRightFromWrong() {
    for task in MemoryTaskKind.all.map({ $0.task() }) where task.name != "reber" {
      let right = task.judge(key: Self.key) { examples in
        let outputs = task.outputs
        switch examples.answers {
        case .numbers(let numbers): return numbers
        case .sets(let sets): return sets - Tensor(shape: sets.shape, repeating: 0.5)
        case .classes(let classes):
          return Tensor(
            classes.flatMap { target in (0..<outputs).map { $0 == Int(target) ? 1 : 0 } },
            shape: [classes.count, outputs])
        }
      }
      #expect(right.solved && right.finished, "\(task.name): \(right)")
      let wrong = task.judge(key: Self.key) { Tensor(shape: [$0.asked.count, task.outputs], repeating: 1) }
      #expect(!wrong.solved && !wrong.finished, "\(task.name): \(wrong)")
    }
  }

  /// A counter that overflows at 25.
  @Test func theReachOfACounterIsFound() {
    let task = CountingLanguage(letters: 2, trained: 10)
    let score = task.judge(key: Self.key) { examples in
      guard case .sets(let sets) = examples.answers else { return Tensor(0) }
      var answers = sets.scalars.map { $0 - 0.5 }
      for (index, position) in examples.asked.enumerated() where Int(position) % examples.input.time == 51 {
        answers[index * 3] = -1
      }
      for (index, position) in examples.asked.enumerated() where Int(position) % examples.input.time > 51 {
        answers[index * 3] = -1
      }
      return Tensor(answers, shape: sets.shape)
    }
    #expect(score == MemoryScore(value: 1, solved: true, reach: 25, finished: false))
  }
}
