import Tensors

/// a^n b^n, and a^n b^n c^n: languages for which a network has to count (Gers and Schmidhuber 2001). Strings up to some n are
/// seen in training, and it is then tested how far beyond the network still counts right.
///
/// At each step, the symbols that may come next are asked for: a start is followed by a, an a by a or b, the last letter of a
/// run by what its count demands, and the last letter of all by the end.
public struct CountingLanguage: MemoryTask {
  /// 2 for a^n b^n, 3 for a^n b^n c^n.
  public let letters: Int
  /// The largest n that is trained on.
  public let trained: Int
  /// The largest n that is tested.
  public let farthest: Int

  /// - Precondition: letters and n are at least 1.
  public init(letters: Int, trained: Int) {
    precondition(letters >= 1 && trained >= 1, "\(letters) letters, n up to \(trained)")
    (self.letters, self.trained) = (letters, trained)
    farthest = max(trained, 1000)
  }

  public var name: String { String((0..<letters).flatMap { [Character(Unicode.Scalar(UInt8(97 + $0))), "n"] }) }
  /// The start, and the letters.
  public var inputs: Int { letters + 1 }
  /// The end, and the letters.
  public var outputs: Int { letters + 1 }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 8, batch: 10, rate: 0.01, sequences: 40_000, testEvery: 1_000, span: letters * trained)
  }
  public var published: String {
    letters == 2
      ? "Gers and Schmidhuber 2001: an LSTM with peepholes, trained on n from 1 to 10, solves it after 22,000 sequences and "
        + "at best goes on to n = 1,000"
      : "Gers and Schmidhuber 2001: an LSTM with peepholes, trained on n from 1 to 10, solves it after 54,000 sequences and "
        + "at best goes on to n = 52"
  }
  public var criterion: String {
    "share of n from 1 to \(trained) whose allowed symbols are right at every step; solved at 1; reach is the largest n up to "
      + "which all are right"
  }

  /// The string of an n, from the start on, and for each symbol what may follow, as 0 and 1 for the end and each letter.
  func string(_ n: Int) -> (ids: [Int32], allowed: [[Float]]) {
    var ids: [Int32] = [0]
    var allowed = [only(1)]
    for letter in 1...letters {
      for count in 1...n {
        ids.append(Int32(letter))
        let next = letter == letters ? 0 : letter + 1
        if letter == 1, letters > 1 {
          // Only what comes after the first run depends on a count.
          allowed.append((0...letters).map { $0 == 1 || $0 == 2 ? 1 : 0 })
        } else {
          allowed.append(only(count == n ? next : letter))
        }
      }
    }
    return (ids, allowed)
  }

  private func only(_ output: Int) -> [Float] { (0...letters).map { $0 == output ? 1 : 0 } }

  /// The strings of these n.
  func examples(_ counts: [Int]) -> MemoryExamples {
    let strings = counts.map(string)
    let time = strings.reduce(0) { max($0, $1.ids.count) }
    var ids = [Int32](repeating: 0, count: strings.count * time)
    var (asked, sets): ([Int32], [Float]) = ([], [])
    for (row, string) in strings.enumerated() {
      for (step, id) in string.ids.enumerated() {
        ids[row * time + step] = id
        asked.append(Int32(row * time + step))
        sets += string.allowed[step]
      }
    }
    return MemoryExamples(
      input: .tokens(ids, batch: counts.count, time: time, embedding: nil),
      lengths: strings.map { Int32($0.ids.count) },
      asked: asked, answers: .sets(Tensor(sets, shape: [asked.count, outputs])))
  }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples {
    var random = SequentialRandom(key)
    return examples((0..<count).map { _ in Int.random(in: 1...trained, using: &random) })
  }

  /// For each n, whether each allowed symbol, and no other, has a logit above zero at every step.
  private func right(_ counts: [Int], _ answers: (MemoryExamples) -> Tensor) -> [Bool] {
    let examples = examples(counts)
    guard case .sets(let sets) = examples.answers else { return [] }
    let right = zip(answers(examples).scalars, sets.scalars).map { ($0 > 0) == ($1 > 0) }
    var start = 0
    return counts.map { n in
      let count = (letters * n + 1) * outputs
      defer { start += count }
      return right[start..<start + count].allSatisfy { $0 }
    }
  }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    let seen = right(Array(1...trained), answers)
    let share = Double(seen.count { $0 }) / Double(trained)
    var reach = seen.firstIndex(of: false) ?? trained
    // A few n at a time, the further the longer: most networks soon end.
    while reach >= trained, reach < farthest {
      let counts = Array(reach + 1...min(farthest, reach + 10))
      let correct = right(counts, answers)
      reach += correct.firstIndex(of: false) ?? counts.count
      if correct.contains(false) { break }
    }
    return MemoryScore(value: share, solved: share == 1, reach: reach, finished: reach == farthest)
  }
}
