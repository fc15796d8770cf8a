import Recurrent
import TestSupport
import Testing

@Suite struct LineScorerTests {
  static let lines = [
    "the sea\n", "\n", "a long ship builds the sea\n", String(repeating: "people ", count: 500) + "\n", "no end",
  ]
  let tokenizer: Tokenizer
  let model: LanguageModel

  init() throws {
    let folder = try TemporaryFolder()
    let corpus = try Corpus([folder.write(sampleText(words: 100, seed: 2).utf8, to: "text.txt")])
    tokenizer = try Tokenizer(TokenizerOptions(.character), corpus: corpus)
    model = LanguageModel(LanguageModelConfiguration(vocabulary: tokenizer.count, hidden: 8), seed: 4)
  }

  private func score(flush: Bool) throws -> [LineScore] {
    var scorer = LineScorer(model, tokenizer)
    var scores: [LineScore] = []
    for line in Self.lines { scores += try scorer.add(Array(line.utf8), name: "x", flush: flush) }
    return try scores + scorer.add([], name: "x", flush: true)
  }

  @Test func linesAreScoredOneByOneAndTogether() throws {
    let (apart, together) = (try score(flush: true), try score(flush: false))
    #expect(apart.map(\.number) == [1, 2, 3, 4, 5] && together.map(\.number) == [1, 2, 3, 4, 5])
    for (a, b) in zip(apart, together) {
      #expect(a.text == b.text)
      // Products of other sizes may be summed in another order; a line's bits are a sum of float32 losses.
      #expect(abs(a.bits - b.bits) <= 1e-5 * a.bits)
    }
    #expect(apart.map { String(decoding: $0.text, as: UTF8.self) + "\n" } == Self.lines.dropLast() + ["no end\n"])
  }

  /// The chain rule: all lines together have the surprise of the text that begins after a line's end.
  @Test func bitsAddUpToThoseOfTheText() throws {
    let ids = try tokenizer.encode(Array(("\n" + Self.lines.joined()).utf8))
    let whole = try model.evaluate(tokenCount: ids.count, bytes: 0) { Array(ids[$0]) }
    let sum = try score(flush: false).reduce(0) { $0 + $1.bits }
    #expect(abs(sum - whole.bitsPerToken * Double(whole.tokens)) <= 1e-5 * sum)
  }

  @Test func aLineThatIsNotUTF8IsNamed() throws {
    var scorer = LineScorer(model, tokenizer)
    _ = try scorer.add(Array("the\n".utf8), name: "x", flush: false)
    #expect(throws: CorpusError.notUTF8(path: "x, line 2", offset: 1, byte: 0xFF)) {
      try scorer.add([0x61, 0xFF, 0x0A], name: "x", flush: false)
    }
  }
}
