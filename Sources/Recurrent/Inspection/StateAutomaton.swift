import Tensors

/// A network's reading of a string: its states, and what it takes for possible next.
public struct SymbolTrace: Sendable, Hashable {
  /// What was read.
  public var symbols: [Int]
  /// The hidden state after each symbol.
  public var states: [[Double]]
  /// Of each output after each symbol, whether the network gives it.
  public var answers: [[Bool]]
  /// The same as it ought to be.
  public var truth: [[Bool]]

  public init(symbols: [Int], states: [[Double]], answers: [[Bool]], truth: [[Bool]]) {
    precondition(
      states.count == symbols.count && answers.count == symbols.count && truth.count == symbols.count,
      "a trace of \(symbols.count) symbols")
    (self.symbols, self.states, self.answers, self.truth) = (symbols, states, answers, truth)
  }
}

/// A finite automaton that does what a recurrent network does: its states are clusters of the network's hidden states (Giles
/// et al. 1992; Omlin and Giles 1996), and those that no string tells apart are one.
public struct StateAutomaton: Sendable, Hashable, Codable {
  /// `[state][symbol]`: the next state; nil where no string that was looked at goes on so. The start is state 0.
  public private(set) var transitions: [[Int?]]
  /// `[state][output]`: what the network gives there.
  public private(set) var answers: [[Bool]]
  /// How often the automaton meets each state in the strings that it is made from.
  public private(set) var visits: [Int]
  /// Clusters before those that mean the same became one.
  public private(set) var clusters: Int

  /// - Parameters:
  ///   - traces: one at least, with one symbol at least.
  ///   - symbols: how many there are.
  ///   - clusters: of the hidden states.
  ///   - seed: of the clustering.
  public init(_ traces: [SymbolTrace], symbols: Int, clusters: Int, seed: UInt64 = 1) {
    let points = traces.flatMap(\.states)
    let groups = KMeans(points, clusters: clusters, key: RandomKey(seed: seed))
    self.clusters = groups.centres.count
    // State 0 is before the first symbol, state 1 + i is cluster i.
    let count = groups.centres.count + 1
    let outputs = traces[0].answers[0].count
    var moves = [[[Int: Int]]](repeating: [[Int: Int]](repeating: [:], count: symbols), count: count)
    var given = [[Int]](repeating: [Int](repeating: 0, count: outputs), count: count)
    visits = [Int](repeating: 0, count: count)
    var place = 0
    for trace in traces {
      var state = 0
      visits[0] += 1
      for (symbol, answers) in zip(trace.symbols, trace.answers) {
        let next = groups.assignment[place] + 1
        moves[state][symbol][next, default: 0] += 1
        visits[next] += 1
        for (output, answer) in answers.enumerated() where answer { given[next][output] += 1 }
        state = next
        place += 1
      }
    }
    // The most frequent, and of several the first.
    transitions = moves.map { row in
      row.map { counts in counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
    }
    answers = zip(given, visits).map { given, visits in given.map { 2 * $0 > visits } }
    minimise()
    visits = [Int](repeating: 0, count: transitions.count)
    visits[0] = traces.count
    for state in traces.flatMap({ states($0.symbols) }) { if let state { visits[state] += 1 } }
  }

  /// The automaton with the fewest clusters, up to so many, that agrees with the network on all of these strings; if none does,
  /// the one that agrees best.
  public init(_ traces: [SymbolTrace], symbols: Int, atMost most: Int, seed: UInt64 = 1) {
    var best = StateAutomaton(traces, symbols: symbols, clusters: 1, seed: seed)
    var agreement = best.agreement(traces).network.strings
    for clusters in 2...max(2, most) where agreement < 1 {
      let automaton = StateAutomaton(traces, symbols: symbols, clusters: clusters, seed: seed)
      let found = automaton.agreement(traces).network.strings
      if found > agreement { (best, agreement) = (automaton, found) }
    }
    self = best
  }

  /// Joins states that answer alike and lead to states that do (Moore 1956), and leaves out those that cannot be reached.
  private mutating func minimise() {
    var reached = [0]
    var number = [0: 0]
    var index = 0
    while index < reached.count {
      for next in transitions[reached[index]].compactMap({ $0 }) where number[next] == nil {
        number[next] = reached.count
        reached.append(next)
      }
      index += 1
    }
    // The start has no answer of its own, so it stays apart.
    var classes = Self.numbered(reached.enumerated().map { $0 == 0 ? [] : answers[$1].map { $0 ? 1 : 0 } })
    while true {
      let signatures = reached.enumerated().map { place, state in
        [classes[place]] + transitions[state].map { next in next.flatMap { number[$0] }.map { classes[$0] } ?? -1 }
      }
      let finer = Self.numbered(signatures)
      if finer.max() == classes.max() { break }
      classes = finer
    }
    let first = (0...(classes.max() ?? 0)).map { kind in reached[classes.firstIndex(of: kind)!] }
    let old = transitions
    transitions = first.map { state in old[state].map { next in next.flatMap { number[$0] }.map { classes[$0] } } }
    answers = first.map { answers[$0] }
  }

  /// Numbers from 0 on in the order in which keys are first met.
  private static func numbered(_ keys: [[Int]]) -> [Int] {
    var numbers: [[Int]: Int] = [:]
    return keys.map { key in
      if let number = numbers[key] { return number }
      numbers[key] = numbers.count
      return numbers.count - 1
    }
  }

  /// How far an automaton is in line with something that answers to the same strings.
  public struct Agreement: Sendable, Hashable, Codable {
    /// The part of the symbols after which all answers are the same, and of the strings of which this is true throughout.
    public var steps: Double
    public var strings: Double
  }

  /// Lets the automaton read strings.
  ///
  /// - Returns: its agreement with the network's answers, its agreement with the truth, and the network's with the truth.
  ///   Where it has no way to go on, the rest of the string counts as not agreeing.
  public func agreement(_ traces: [SymbolTrace]) -> (network: Agreement, truth: Agreement, networkWithTruth: Agreement)
  {
    func shares(_ same: [[Bool]]) -> Agreement {
      let all = same.flatMap { $0 }
      return Agreement(
        steps: Double(all.count { $0 }) / Double(max(1, all.count)),
        strings: Double(same.count { $0.allSatisfy { $0 } }) / Double(max(1, same.count)))
    }
    let read = traces.map { states($0.symbols) }
    func compared(_ with: KeyPath<SymbolTrace, [[Bool]]>) -> Agreement {
      shares(
        zip(traces, read).map { trace, states in
          zip(states, trace[keyPath: with]).map { state, wanted in state.map { answers[$0] == wanted } ?? false }
        })
    }
    return (
      compared(\.answers), compared(\.truth),
      shares(traces.map { trace in zip(trace.answers, trace.truth).map { $0 == $1 } })
    )
  }

  /// The state after each symbol; nil from where there is no way on.
  public func states(_ symbols: [Int]) -> [Int?] {
    var state: Int? = 0
    return symbols.map { symbol in
      state = state.flatMap { transitions[$0][symbol] }
      return state
    }
  }
}
