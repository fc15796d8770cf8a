/// Which outputs are allowed, token by token: a set of texts, and all ways in which the tokens of a model spell them.
///
/// States and moves are found beforehand by walking through the automaton of the texts and the tree of the tokens' bytes
/// together, and with them how many tokens each state is from the end of an allowed text. So no way is taken that leads
/// nowhere, or not in time.
public struct TokenConstraint: Sendable {
  public struct State: Sendable, Hashable {
    fileprivate let index: Int32
  }

  public struct Move: Sendable, Hashable {
    public let token: Int32
    public let state: State
  }

  private var accepting: [Bool] = []
  private var moves: [[Move]] = []
  private var distances: [Int32] = []

  public let start = State(index: 0)

  /// True if the output may end here.
  public func accepts(_ state: State) -> Bool { accepting[Int(state.index)] }
  /// The tokens that may follow, in rising order, and where they lead.
  public func moves(from state: State) -> [Move] { moves[Int(state.index)] }
  /// The fewest tokens that lead from here to the end of an allowed output.
  public func distance(_ state: State) -> Int { Int(distances[Int(state.index)]) }

  /// Outputs that match an expression as a whole.
  ///
  /// - Parameter multiline: false where outputs have no token for the end of a line, as those that end with it.
  /// - Throws: `ConstraintError`, if the expression is too large or none of its texts can be spelt with the tokens.
  public init(
    _ expression: RegularExpression, _ tokenizer: Tokenizer, multiline: Bool = true
  ) throws(ConstraintError) {
    var automaton = try RegularExpressionAutomaton(expression)
    try self.init(&automaton, tokenizer, multiline)
  }

  /// Outputs of a list.
  ///
  /// - Throws: `ConstraintError`, likewise.
  public init(allowed texts: [String], _ tokenizer: Tokenizer, multiline: Bool = true) throws(ConstraintError) {
    var automaton = ListAutomaton(texts)
    try self.init(&automaton, tokenizer, multiline)
  }

  /// Moves of all states at most: half a gibibyte.
  private static let most = 1 << 26

  private init(
    _ automaton: inout some ByteAutomaton, _ tokenizer: Tokenizer, _ multiline: Bool
  ) throws(ConstraintError) {
    let tree = TokenTree(tokenizer, multiline)
    var numbers: [Place: Int32] = [:]
    var places: [Place] = []
    func number(_ place: Place) -> Int32 {
      if let known = numbers[place] { return known }
      numbers[place] = Int32(places.count)
      places.append(place)
      return Int32(places.count - 1)
    }
    _ = number(Place(state: automaton.start, needsSpace: false))
    var count = 0
    var at = 0
    while at < places.count {
      let place = places[at]
      accepting.append(automaton.accepts(place.state))
      var found: [(token: Int32, state: Int)] = []
      if let first = place.needsSpace ? automaton.next(place.state, 32) : place.state {
        tree.walk(from: first, &automaton) { found.append(($0, $1)) }
      }
      var own = found.map { move in
        Move(
          token: move.token,
          state: State(index: number(Place(state: move.state, needsSpace: tokenizer.kind == .word))))
      }
      if multiline, case .word = tokenizer, let lineEnd = tokenizer.lineEnd, let after = automaton.next(place.state, 10)
      {
        own.append(Move(token: lineEnd, state: State(index: number(Place(state: after, needsSpace: false)))))
      }
      own.sort { $0.token < $1.token }
      moves.append(own)
      count += own.count
      if count > Self.most { throw .tooLarge }
      at += 1
    }
    var backward = [[Int32]](repeating: [], count: places.count)
    for (from, moves) in moves.enumerated() {
      for move in moves { backward[Int(move.state.index)].append(Int32(from)) }
    }
    distances = Array(repeating: .max, count: places.count)
    var front = (0..<Int32(places.count)).filter { accepting[Int($0)] }
    for state in front { distances[Int(state)] = 0 }
    var distance: Int32 = 0
    while !front.isEmpty {
      distance += 1
      var next: [Int32] = []
      for state in front {
        for before in backward[Int(state)] where distances[Int(before)] == .max {
          distances[Int(before)] = distance
          next.append(before)
        }
      }
      front = next
    }
    if distances[0] == .max { throw .nothingAllowed }
  }
}

/// A state of an automaton, and whether the next word gets a space before it: unless it begins a text or a line.
private struct Place: Hashable {
  var state: Int
  var needsSpace: Bool
}

/// The tokens of a vocabulary by their bytes.
private struct TokenTree {
  private var children: [[(byte: UInt8, node: Int)]] = [[]]
  private var tokens: [[Int32]] = [[]]

  /// Without the unknown token, and without the end of a line where it is none of the text or, between words, has no
  /// space before it.
  init(_ tokenizer: Tokenizer, _ multiline: Bool) {
    var numbers: [[UInt8: Int]] = [[:]]
    for id in 0..<Int32(tokenizer.count) {
      if id == tokenizer.unknown || id == tokenizer.lineEnd && (tokenizer.kind == .word || !multiline) { continue }
      var node = 0
      for byte in tokenizer.bytes(id) {
        if let child = numbers[node][byte] {
          node = child
        } else {
          numbers.append([:])
          numbers[node][byte] = numbers.count - 1
          node = numbers.count - 1
        }
      }
      while tokens.count < numbers.count { tokens.append([]) }
      // A token without bytes would lead nowhere, for ever.
      if node > 0 { tokens[node].append(id) }
    }
    children = numbers.map { $0.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 } }
  }

  /// Calls `body` with each token that the automaton can read from a state, and the state after it.
  func walk(from state: Int, _ automaton: inout some ByteAutomaton, _ body: (_ token: Int32, _ state: Int) -> Void) {
    var waiting = [(node: 0, state: state)]
    while let (node, state) = waiting.popLast() {
      for token in tokens[node] { body(token, state) }
      for (byte, child) in children[node] {
        if let next = automaton.next(state, byte) { waiting.append((child, next)) }
      }
    }
  }
}

/// Why outputs cannot be held to what is asked for.
public enum ConstraintError: Error, Equatable, CustomStringConvertible {
  case tooLarge
  case nothingAllowed
  case tooLong(least: Int, most: Int)
  case noLineEnd

  public var description: String {
    switch self {
    case .tooLarge:
      "the outputs that are allowed are too many kinds of texts to be followed; use a smaller regular expression or list"
    case .nothingAllowed:
      "the model has no tokens to spell any of the outputs that are allowed; allow others, or train with texts that have "
        + "their words or characters"
    case .tooLong(let least, let most):
      "the shortest output that is allowed takes \(least) tokens, and \(most) are the most; raise --length"
    case .noLineEnd:
      "the model knows no end of a line, at which an allowed output could end; draw outputs instead of searching for them"
    }
  }
}
