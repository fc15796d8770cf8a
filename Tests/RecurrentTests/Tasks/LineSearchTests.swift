import Recurrent
import TestSupport
import Tensors
import Testing

/// Lines of a language model: the likeliest by search, and such as are asked for by search and by chance.
@Suite struct LineSearchTests {
  static let tokenizer = Tokenizer.character(CharacterVocabulary("abc\n".unicodeScalars.map(\.value)))
  static let model = LanguageModel(
    LanguageModelConfiguration(vocabulary: tokenizer.count, hidden: 8, initialisation: .uniform(1)), seed: 5)

  /// log p of a line and its end after a prompt.
  private func logProbability(_ prompt: String, _ line: String) throws -> Double {
    let given = try Self.tokenizer.encode(prompt: prompt)
    let tokens = (given.isEmpty ? [1] : given) + (try Self.tokenizer.encode(prompt: line + "\n"))
    var state = Self.model.zeroState(batch: 1)
    let losses = Self.model.crossEntropies(tokens, batch: 1, state: &state)
    return -losses.suffix(line.count + 1).reduce(0) { $0 + Double($1) }
  }

  @Test(arguments: ["", "ab", "cc"]) func theLikeliestLinesAreFound(_ prompt: String) throws {
    // All lines of up to four letters that end there.
    var lines = [""]
    for length in 1...4 {
      lines += lines.filter { $0.count == length - 1 }.flatMap { line in ["a", "b", "c"].map { line + $0 } }
    }
    let wanted = try lines.map { (line: $0, value: try logProbability(prompt, $0)) }.sorted { $0.value > $1.value }
    let options = SearchOptions(beam: 500, best: 10, length: 4, lengthPenalty: 0)
    let constraint = try TokenConstraint(RegularExpression("[abc]*"), Self.tokenizer)
    let found = try LineSearch(Self.model, Self.tokenizer).lines(prompt: prompt, options, constraint: constraint)
    #expect(found.map(\.text) == wanted.prefix(10).map(\.line))
    for (found, wanted) in zip(found, wanted) { #expect(abs(found.logProbability - wanted.value) < 1e-4) }
  }

  @Test func drawnTextsMatch() throws {
    let pattern = "(ab|ca){2,4}c?"
    let constraint = try TokenConstraint(RegularExpression(pattern), Self.tokenizer)
    var automaton = try RegularExpressionAutomaton(RegularExpression(pattern))
    var texts: Set<String> = []
    for seed in 1...60 {
      var generator = TextGenerator(Self.model, Self.tokenizer, SamplingOptions(seed: UInt64(seed)))
      var text = ""
      try generator.generate(prompt: "a", length: 4 + seed % 8, stops: [], constraint: constraint) {
        text += $0
        return true
      }
      let accepted = automaton.accepts(text)
      #expect(accepted, "\(text)")
      texts.insert(text)
    }
    #expect(texts.count > 10)
    var generator = TextGenerator(Self.model, Self.tokenizer, SamplingOptions())
    #expect(throws: ConstraintError.tooLong(least: 4, most: 3)) {
      try generator.generate(prompt: "", length: 3, stops: [], constraint: constraint) { _ in true }
    }
  }
}
