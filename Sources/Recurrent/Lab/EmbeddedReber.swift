import Tensors

/// The embedded Reber grammar (Smith and Zipser 1989; Hochreiter and Schmidhuber 1997, experiment 1): the next symbol is to be
/// foretold at each step. What comes before the last symbol is the second one, T or P, with a string of Reber's grammar
/// (1967) in between.
public struct EmbeddedReber: MemoryTask {
  public init() {}

  /// The symbols; an index is their id.
  public static let symbols = Array("BTPSXVE")

  /// Reber's automaton: for each state, the symbols it allows and the states they lead to. The last state is the end.
  static let edges: [[(symbol: Character, state: Int)]] = [
    [("T", 1), ("P", 2)], [("S", 1), ("X", 3)], [("T", 2), ("V", 4)], [("X", 2), ("S", 5)], [("P", 3), ("V", 5)], [],
  ]

  public var name: String { "reber" }
  public var inputs: Int { Self.symbols.count }
  public var outputs: Int { Self.symbols.count }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 10, batch: 4, rate: 0.01, sequences: 20_000, testEvery: 400, forgetBias: 2.3)
  }
  public var published: String {
    "Hochreiter and Schmidhuber 1997, table 2: an LSTM of 3 blocks of 2 cells after 8,440 sequences, recurrent cascade "
      + "correlation after 182,000 in half of the runs, Elman's network never"
  }
  public var criterion: String {
    "share of 256 new strings whose allowed symbols are at every step the most likely ones; solved at 1"
  }

  /// A string, and the symbols that are allowed after each of its symbols but the last.
  package func string(_ random: inout some RandomNumberGenerator) -> (ids: [Int32], allowed: [[Int32]]) {
    func id(_ symbol: Character) -> Int32 { Int32(Self.symbols.firstIndex(of: symbol)!) }
    let outer = id(Bool.random(using: &random) ? "T" : "P")
    var ids = [id("B"), outer, id("B")]
    var allowed = [[id("T"), id("P")], [id("B")]]
    var state = 0
    while !Self.edges[state].isEmpty {
      allowed.append(Self.edges[state].map { id($0.symbol) })
      let edge = Self.edges[state][Int.random(in: 0..<2, using: &random)]
      ids.append(id(edge.symbol))
      state = edge.state
    }
    return (ids + [id("E"), outer, id("E")], allowed + [[id("E")], [outer], [id("E")]])
  }

  private func strings(_ count: Int, _ key: RandomKey) -> [(ids: [Int32], allowed: [[Int32]])] {
    var random = SequentialRandom(key)
    return (0..<count).map { _ in string(&random) }
  }

  private func examples(_ strings: [(ids: [Int32], allowed: [[Int32]])]) -> MemoryExamples {
    let time = strings.reduce(0) { max($0, $1.ids.count - 1) }
    var ids = [Int32](repeating: 0, count: strings.count * time)
    var (asked, classes): ([Int32], [Int32]) = ([], [])
    for (row, string) in strings.enumerated() {
      for step in 0..<string.ids.count - 1 {
        ids[row * time + step] = string.ids[step]
        asked.append(Int32(row * time + step))
        classes.append(string.ids[step + 1])
      }
    }
    return MemoryExamples(
      input: .tokens(ids, batch: strings.count, time: time, embedding: nil),
      lengths: strings.map { Int32($0.ids.count - 1) }, asked: asked, answers: .classes(classes))
  }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples { examples(strings(count, key)) }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    let strings = strings(256, key)
    let logits = answers(examples(strings)).scalars
    var (row, right) = (0, 0)
    for string in strings {
      let steps = string.allowed.map { allowed in
        defer { row += 1 }
        let scores = logits[row * outputs..<(row + 1) * outputs].enumerated().sorted { $0.element > $1.element }
        return Set(scores.prefix(allowed.count).map { Int32($0.offset) }) == Set(allowed)
      }
      if steps.allSatisfy({ $0 }) { right += 1 }
    }
    let share = Double(right) / Double(strings.count)
    return MemoryScore(value: share, solved: share == 1)
  }
}
