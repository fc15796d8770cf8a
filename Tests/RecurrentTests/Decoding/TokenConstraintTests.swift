import Recurrent
import TestSupport
import Testing

/// The ways of tokens against trying all of them.
@Suite struct TokenConstraintTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func tokenizer(_ kind: Tokenizer.Kind, _ text: String) throws -> Tokenizer {
    let path = try folder.write(Array(text.utf8), to: "text.txt")
    return try Tokenizer(TokenizerOptions(kind, size: kind == .bpe ? 262 : nil), corpus: Corpus([path]))
  }

  /// All sequences of at most so many tokens, and their texts.
  private func spellings(_ tokenizer: Tokenizer, _ tokens: [Int32], length: Int) -> [(tokens: [Int32], text: String)] {
    var all: [[Int32]] = [[]]
    var last: [[Int32]] = [[]]
    for _ in 0..<length {
      last = last.flatMap { sequence in tokens.map { sequence + [$0] } }
      all += last
    }
    return all.map { sequence in
      var decoder = TokenDecoder(tokenizer)
      return (sequence, sequence.map { decoder.text($0) }.joined() + decoder.finish())
    }
  }

  /// Where a sequence of tokens leads; nil if it is not allowed.
  private func state(_ constraint: TokenConstraint, _ tokens: [Int32]) -> TokenConstraint.State? {
    tokens.reduce(constraint.start as TokenConstraint.State?) { state, token in
      state.flatMap { state in constraint.moves(from: state).first { $0.token == token }?.state }
    }
  }

  @Test(arguments: [Tokenizer.Kind.character, .word, .bpe], ["ab( ab)?", "(a|b)+\n?", "[ab ]{3}", "ab|ba b"])
  func allowedSequencesSpellAllowedTexts(_ kind: Tokenizer.Kind, _ pattern: String) throws {
    let tokenizer = try tokenizer(kind, "ab ba ab a b\nab ba b\n")
    let constraint = try TokenConstraint(RegularExpression(pattern), tokenizer)
    var automaton = try RegularExpressionAutomaton(RegularExpression(pattern))
    let known =
      kind == .bpe
      ? Array("ab \n".utf8).map(Int32.init) + Array(256..<Int32(tokenizer.count)) : Array(1..<Int32(tokenizer.count))
    var allowed = 0
    for (tokens, text) in spellings(tokenizer, known, length: 3) {
      let reached = state(constraint, tokens)
      let accepted = reached.map { constraint.accepts($0) } ?? false
      let isAllowed = automaton.accepts(text)
      #expect(accepted == isAllowed, "\(tokens) \(text.debugDescription)")
      if accepted { allowed += 1 }
    }
    #expect(allowed > 0)
  }

  /// The distance of each state is the length of the shortest way on.
  @Test func distancesAreThoseOfTheShortestWay() throws {
    let tokenizer = try tokenizer(.character, "ab\n")
    let constraint = try TokenConstraint(RegularExpression("(aa)+b?|bbb"), tokenizer)
    let (a, b) = (try #require(tokenizer.encode(prompt: "a").first), try #require(tokenizer.encode(prompt: "b").first))
    func distance(_ tokens: [Int32]) -> Int? { state(constraint, tokens).map { constraint.distance($0) } }
    #expect(distance([]) == 2 && distance([a]) == 1 && distance([a, a]) == 0 && distance([a, a, a]) == 1)
    #expect(distance([b]) == 2 && distance([a, a, b]) == 0 && distance([a, b]) == nil)
  }

  @Test func aListAllowsItsTextsAlone() throws {
    let tokenizer = try tokenizer(.word, "the red house\nthe blue house\na red door\n")
    let list = ["the red house", "the red door", "a door"]
    let constraint = try TokenConstraint(allowed: list, tokenizer)
    var found: [String] = []
    for (tokens, text) in spellings(tokenizer, Array(1..<Int32(tokenizer.count)), length: 3)
    where state(constraint, tokens).map({ constraint.accepts($0) }) == true {
      found.append(text)
    }
    #expect(found.sorted() == list.sorted())
  }

  /// Where outputs have one line, no way leads over the end of one.
  @Test(arguments: [Tokenizer.Kind.character, .word, .bpe]) func oneLineAlone(_ kind: Tokenizer.Kind) throws {
    let tokenizer = try tokenizer(kind, "ab ba ab a b\nab ba b\n")
    #expect(throws: ConstraintError.nothingAllowed) {
      try TokenConstraint(RegularExpression("ab\nba"), tokenizer, multiline: false)
    }
    #expect(throws: ConstraintError.nothingAllowed) {
      try TokenConstraint(allowed: ["ab\nba"], tokenizer, multiline: false)
    }
    let constraint = try TokenConstraint(RegularExpression("ab(\nba)?"), tokenizer, multiline: false)
    let whole = try TokenConstraint(RegularExpression("ab(\nba)?"), tokenizer)
    let ab = try tokenizer.encode(Array("ab".utf8))
    let (last, other) = (try #require(state(constraint, ab)), try #require(state(whole, ab)))
    #expect(constraint.accepts(last) && constraint.moves(from: last).isEmpty)
    #expect(whole.accepts(other) && whole.moves(from: other).map(\.token) == [tokenizer.lineEnd])
  }

  @Test func whatCannotBeSpeltIsRefused() throws {
    let tokenizer = try tokenizer(.character, "ab\n")
    #expect(throws: ConstraintError.nothingAllowed) { try TokenConstraint(RegularExpression("xyz"), tokenizer) }
    // Of a way that leads nowhere nothing is seen: after x there is no way on.
    let constraint = try TokenConstraint(RegularExpression("axb|ab"), tokenizer)
    let a = try #require(tokenizer.encode(prompt: "a").first)
    #expect(state(constraint, [a]).map { constraint.moves(from: $0).count } == 1)
  }
}
