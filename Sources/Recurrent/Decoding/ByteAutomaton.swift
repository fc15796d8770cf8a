/// What reads a text byte by byte and says whether it belongs to a set of texts. From every state that can be reached, a
/// text of the set can be.
package protocol ByteAutomaton {
  var start: Int { get }
  /// The state after a byte; nil if no text of the set goes on like this.
  mutating func next(_ state: Int, _ byte: UInt8) -> Int?
  /// True if the text read so far belongs to the set.
  func accepts(_ state: Int) -> Bool
}

extension ByteAutomaton {
  /// True if a whole text belongs to the set.
  package mutating func accepts(_ text: String) -> Bool {
    var state = start
    for byte in text.utf8 {
      guard let next = next(state, byte) else { return false }
      state = next
    }
    return accepts(state)
  }
}

/// A list of texts: the tree of their beginnings.
package struct ListAutomaton: ByteAutomaton {
  private var children: [[UInt8: Int]] = [[:]]
  private var ends: [Bool] = [false]

  package init(_ texts: some Sequence<String>) {
    for text in texts {
      var state = 0
      for byte in text.utf8 {
        if let child = children[state][byte] {
          state = child
        } else {
          children.append([:])
          ends.append(false)
          children[state][byte] = ends.count - 1
          state = ends.count - 1
        }
      }
      ends[state] = true
    }
  }

  package var start: Int { 0 }
  package func next(_ state: Int, _ byte: UInt8) -> Int? { children[state][byte] }
  package func accepts(_ state: Int) -> Bool { ends[state] }
}

/// A regular expression as an automaton of sets of places in it (Thompson 1968), of which those that occur are kept.
package struct RegularExpressionAutomaton: ByteAutomaton {
  /// A place in the expression.
  private enum Place {
    case bytes(ClosedRange<UInt8>, Int)
    case either([Int])
    case match
  }

  private var places: [Place] = [.match]
  /// Sorted places that read a byte or match, of each state.
  private var states: [[Int]] = []
  private var numbers: [[Int]: Int] = [:]
  private var steps: [[UInt8: Int]] = []

  /// Places of the largest expression; a larger one takes too much time.
  private static let most = 1_000_000

  /// - Throws: `ConstraintError.tooLarge`.
  package init(_ expression: RegularExpression) throws(ConstraintError) {
    let first = try add(expression.node, before: 0)
    _ = number(closure([first]))
  }

  package var start: Int { 0 }

  package func accepts(_ state: Int) -> Bool { states[state].first == 0 }

  package mutating func next(_ state: Int, _ byte: UInt8) -> Int? {
    if let known = steps[state][byte] { return known < 0 ? nil : known }
    var reached: [Int] = []
    for place in states[state] {
      if case .bytes(let range, let next) = places[place], range.contains(byte) { reached.append(next) }
    }
    let result = reached.isEmpty ? -1 : number(closure(reached))
    steps[state][byte] = result
    return result < 0 ? nil : result
  }

  private mutating func number(_ set: [Int]) -> Int {
    if let known = numbers[set] { return known }
    numbers[set] = states.count
    states.append(set)
    steps.append([:])
    return states.count - 1
  }

  /// The places from which a byte is read, or which match, that are reached without reading.
  private func closure(_ first: [Int]) -> [Int] {
    var seen = Set(first)
    var waiting = first
    var result: [Int] = []
    while let place = waiting.popLast() {
      guard case .either(let ways) = places[place] else {
        result.append(place)
        continue
      }
      for way in ways where seen.insert(way).inserted { waiting.append(way) }
    }
    return result.sorted()
  }

  private mutating func put(_ place: Place) throws(ConstraintError) -> Int {
    guard places.count < Self.most else { throw .tooLarge }
    places.append(place)
    return places.count - 1
  }

  /// Adds a part of the expression after which `next` comes. Returns where it begins.
  private mutating func add(_ node: RegularExpression.Node, before next: Int) throws(ConstraintError) -> Int {
    switch node {
    case .scalars(let ranges):
      var ways: [Int] = []
      // Many scalars end with the same bytes: those of a set share them.
      var known: [[Int]: Int] = [:]
      for range in ranges {
        for spelling in ScalarSet.spellings(range) {
          var first = next
          for bytes in spelling.reversed() {
            let key = [Int(bytes.lowerBound), Int(bytes.upperBound), first]
            if let place = known[key] {
              first = place
            } else {
              first = try put(.bytes(bytes, first))
              known[key] = first
            }
          }
          ways.append(first)
        }
      }
      return ways.count == 1 ? ways[0] : try put(.either(ways))
    case .sequence(let parts):
      var first = next
      for part in parts.reversed() { first = try add(part, before: first) }
      return first
    case .alternatives(let parts):
      var ways: [Int] = []
      for part in parts { ways.append(try add(part, before: next)) }
      return try put(.either(ways))
    case .repeated(let part, let least, let most):
      var first = next
      if let most {
        for _ in least..<most {
          let inner = try add(part, before: first)
          // From each repetition on, the rest may be left out.
          first = try put(.either([inner, next]))
        }
      } else {
        let loop = try put(.either([]))
        let inner = try add(part, before: loop)
        places[loop] = .either([inner, next])
        first = loop
      }
      for _ in 0..<least { first = try add(part, before: first) }
      return first
    }
  }
}
