import Recurrent
import TestSupport
import Tensors
import Testing

/// Decoding with models as they are drawn: what they say depends on nothing but the text.
@Suite struct TranslatorTests {
  static let source = Tokenizer.character(CharacterVocabulary("abcdef ".unicodeScalars.map(\.value)))
  static let target = Tokenizer.word(WordVocabulary(["ka", "ro", "mi", "lu"]))

  static func translator(
    _ change: (inout EncoderDecoderConfiguration) -> Void = { _ in }, maximumLength: Int = 50, seed: UInt64 = 4
  ) -> Translator {
    var c = EncoderDecoderConfiguration(
      sourceTokens: source.count, targetTokens: target.count, embedding: 8, encoderHidden: 9, decoderHidden: 18,
      initialisation: .uniform(0.7))
    change(&c)
    return Translator(
      EncoderDecoder(c, seed: seed),
      PairEncoder(
        PairReading(maximumLength: maximumLength), source: source, target: target, copying: c.copying))
  }

  static let texts = [
    "ab", "", "fedcba", "a b c d e f a b c d e f", "f", "cafe", "dead beef", "ab", "x", "bad cab", "decade", "face",
  ]

  static let changes: [@Sendable (inout EncoderDecoderConfiguration) -> Void] = [
    { _ in }, { $0.inputFeeding = true }, { $0.copying = true },
    {
      $0.attention = .additive
      $0.decoderLayers = 2
    },
    { $0.attention = nil },
  ]

  @Test(arguments: changes.indices, [1, 3]) func aTextAloneHasTheSameOutput(_ index: Int, _ beam: Int) throws {
    let translator = Self.translator(Self.changes[index])
    let options = SearchOptions(beam: beam, best: beam, length: 12)
    let together = try translator.translate(Self.texts, options)
    for (text, outputs) in zip(Self.texts, together) {
      #expect(try translator.translate([text], options)[0] == outputs)
    }
    // What is not yet trained, and does not look at the source, says the same to all.
    #expect(index == 4 || Set(together.map { $0[0].text }).count > 2)
  }

  /// Step by step with one hypothesis, the likeliest next token of what teacher forcing gives for the output so far.
  @Test(arguments: changes.indices.filter { $0 != 2 }) func aBeamOfOneIsGreedy(_ index: Int) throws {
    let translator = Self.translator(Self.changes[index])
    let (model, c) = (translator.model, translator.model.configuration)
    for text in Self.texts.prefix(6) {
      let source = try Self.source.encode(Array(text.utf8))
      var tokens: [Int32] = []
      while tokens.count < 12 {
        let batch = PairBatch(SequencePairs(sources: [source], targets: [tokens]), c, unknown: 0)
        let memory = model.encode(batch.sources, lengths: batch.sourceLengths, time: batch.sourceTime)
        let (vectors, _) =
          c.inputFeeding
          ? model.stepped(batch, memory, sampling: 0, key: nil)
          : model.forced(batch.inputs, lengths: batch.targetLengths, time: batch.targetTime, memory)
        var logits = model.output(vectors).slice(tokens.count..<tokens.count + 1, axis: 1).scalars
        // The unknown token, the end of a line, and the start.
        for forbidden in [0, 1, Int(c.targetStart)] { logits[forbidden] = -.infinity }
        let best = Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
        if best == c.targetEnd { break }
        tokens.append(best)
      }
      let output = try translator.translate([text], SearchOptions(beam: 1, length: 12))[0][0]
      var decoder = TokenDecoder(Self.target)
      #expect(output.text == tokens.map { decoder.text($0) }.joined())
      #expect(output.finished == (tokens.count < 12))
    }
  }

  /// The score of an output is what teacher forcing gives it.
  @Test func scoresAreThoseOfTheLoss() throws {
    let translator = Self.translator()
    let (model, c) = (translator.model, translator.model.configuration)
    for output in try translator.translate(["cafe"], SearchOptions(beam: 4, best: 4, length: 6))[0]
    where output.finished {
      let pair = SequencePairs(
        sources: [try Self.source.encode(Array("cafe".utf8))],
        targets: [try Self.target.encode(Array(output.text.utf8))])
      let batch = PairBatch(pair, c, unknown: 0)
      let nats = Double(model.loss(batch).scalar) * Double(batch.tokens)
      // Of at most seven tokens with a few nats each, in float32.
      #expect(abs(nats + output.logProbability) < 7 * 0x1p-19)
      #expect(abs(output.score - output.logProbability / ((5 + Double(batch.tokens)) / 6)) < 1e-12)
    }
  }

  @Test func outputsMatchWhatIsAskedFor() throws {
    let translator = Self.translator()
    let pattern = "(ka|ro)( mi){2,3}"
    let constraint = try TokenConstraint(RegularExpression(pattern), Self.target)
    for (beam, length) in [(1, 3), (1, 9), (4, 3), (4, 9)] {
      for outputs in try translator.translate(
        Self.texts, SearchOptions(beam: beam, best: beam, length: length), constraint: constraint)
      {
        #expect(!outputs.isEmpty && outputs.allSatisfy { $0.finished })
        #expect(outputs.allSatisfy { ["ka mi mi", "ro mi mi", "ka mi mi mi", "ro mi mi mi"].contains($0.text) })
        #expect(Set(outputs.map(\.text)).count == outputs.count)
      }
    }
    #expect(throws: ConstraintError.tooLong(least: 3, most: 2)) {
      try translator.translate(["a"], SearchOptions(length: 2), constraint: constraint)
    }
    // A beam as wide as what is allowed finds all of it.
    #expect(try translator.translate(["a"], SearchOptions(beam: 8, best: 8), constraint: constraint)[0].count == 4)
  }

  /// Words of the source that no vocabulary has can be written.
  @Test func unknownWordsAreCopied() throws {
    let words = Tokenizer.word(WordVocabulary(["ka", "ro"]))
    let encoder = PairEncoder(PairReading(), source: words, copying: true)
    let pairs = try encoder.pairs(file("ka Zyx ka Qw\tQw ro Zyx Nope\n")).pairs
    // Four tokens and two ids for the end and the start come before the words of the source.
    #expect(pairs.copies == [[2, 6, 2, 7]] && pairs.targets == [[7, 3, 6, 0]])
    let c = EncoderDecoderConfiguration(
      sourceTokens: 4, targetTokens: 4, shared: true, embedding: 4, encoderHidden: 4, decoderHidden: 8, copying: true)
    var model = EncoderDecoder(c, seed: 1)
    // A gate that is shut: all is copied.
    model.copyGate?.bias = Tensor([-100], shape: [1])
    let output = try Translator(model, encoder).translate(["Zyx Qw"], SearchOptions(beam: 1, length: 4))[0][0]
    #expect(Set(output.text.split(separator: " ")).isSubset(of: ["Zyx", "Qw"]) && !output.text.isEmpty)
    #expect(output.text.split(separator: " ").map(String.init) == output.tokens)
  }

  private func file(_ text: String) throws -> PairFile {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try PairFile(reading: folder.write(text.utf8, to: "pairs.tsv"))
  }

  @Test func longSourcesAreCutAndLongPairsLeftOut() throws {
    let translator = Self.translator(maximumLength: 4)
    #expect(try translator.translate(["abcd"]) == translator.translate(["abcdef"]))
    let (pairs, omitted) = try translator.encoder.pairs(file("abcd\tka\nabcde\tka\na\tka ro mi lu ka\n"))
    #expect(pairs.count == 1 && omitted == 2)
  }

  @Test func optionsThatCannotBeAreRefused() {
    for options in [SearchOptions(beam: 0), SearchOptions(beam: 2, best: 3), SearchOptions(lengthPenalty: -.infinity)] {
      #expect(throws: TranslatorError.self) { try Self.translator().translate(["a"], options) }
    }
  }
}
