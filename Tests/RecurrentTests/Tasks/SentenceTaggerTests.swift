import Recurrent
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct SentenceTaggerTests {
  let sentences: [TaggedSentence]
  let tagger: SentenceTagger

  init() throws {
    let folder = try TemporaryFolder()
    let file = try ColumnFile(reading: folder.write(sampleColumns(sentences: 40, seed: 1).utf8, to: "a.conll"))
    sentences = file.sentences
    tagger = Self.tagger(sentences, output: .crf, trainedScheme: .iobes)
  }

  /// With random parameters.
  static func tagger(
    _ sentences: [TaggedSentence], output: TaggerOutput, trainedScheme: TagScheme, seed: UInt64 = 5
  ) -> SentenceTagger {
    let vocabulary = TaggerVocabulary(sentences, scheme: .iob2, trainedScheme: trainedScheme)
    let configuration = TaggerConfiguration(
      words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1,
      tags: vocabulary.tags.count, embedding: 12, characterEmbedding: 6, characterHidden: 5, hidden: 17, layers: 2,
      output: output)
    var model = Tagger(configuration, allowed: vocabulary.allowedTransitions, seed: seed)
    // Scores that differ enough for paths to differ.
    model.words.weight = 20 * model.words.weight
    model.output.weight = 60 * model.output.weight
    model.field?.transitions = RandomKey(seed: seed).uniform(
      [vocabulary.tags.count, vocabulary.tags.count], in: -1..<1)
    return SentenceTagger(model, vocabulary)
  }

  /// Alone, among others, in another order, beside a sentence that pads it: the same bits.
  @Test(arguments: [TaggerOutput.crf, .softmax])
  func nothingDependsOnTheRestOfTheBatch(_ output: TaggerOutput) throws {
    let tagger = Self.tagger(sentences, output: output, trainedScheme: .iobes)
    let tokens = sentences.map(\.tokens)
    let together = try tagger.tag(tokens)
    #expect(Set(together.flatMap(\.tags)).count > 3, "the model says always the same")
    let alone = try tokens.map { try tagger.tag([$0])[0] }
    #expect(alone == together)
    #expect(try tagger.tag(tokens.reversed()).reversed() == together)
    let long = Array(tokens.joined())
    #expect(try tagger.tag([long, tokens[0]])[1] == together[0])
    #expect(try tagger.tag([[], tokens[1], []]).map(\.tags) == [[], together[1].tags, []])
  }

  @Test func threadsDoNotMatter() throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let tokens = sentences.map(\.tokens)
    ThreadPool.shared.threads = 1
    let one = try tagger.tag(tokens)
    ThreadPool.shared.threads = 2
    #expect(try tagger.tag(tokens) == one)
  }

  /// By definition: the sum of the probabilities of all paths that spell the entity.
  @Test(arguments: [TagScheme.iobes, .iob2]) func confidenceIsTheProbabilityOfTheEntity(_ scheme: TagScheme) throws {
    let types = [TaggedSentence(tokens: ["Ana", "x"], tags: ["B-PER", "I-PER"], lines: [])]
    var entities = 0
    for seed in 1...6 {
      let tagger = Self.tagger(types, output: .crf, trainedScheme: scheme, seed: UInt64(seed))
      let (vocabulary, field) = (tagger.vocabulary, try #require(tagger.model.field))
      let (tokens, tags) = (["Ana", "x", "Ana", "y", "x"], vocabulary.tags)
      let batch = TaggerBatch([EncodedSentence(tokens, vocabulary: vocabulary)])
      let emissions = tagger.model.emissions(batch)
      let allowed = try #require(vocabulary.allowedTransitions)
      func ends(_ tensor: Tensor, _ allows: (Int) -> Bool) -> [Double] {
        tags.indices.map { allows($0) ? Double(tensor.pointer[$0]) : -.infinity }
      }
      let enumerated = EnumeratedField(
        emissions: rows((0..<emissions.count).map { emissions.pointer[$0] }, of: tags.count),
        transitions: tags.indices.map { from in
          tags.indices.map {
            allowed.allows(from, $0) ? Double(field.transitions.pointer[from * tags.count + $0]) : -.infinity
          }
        },
        start: ends(field.start) { allowed.allows(nil, $0) }, end: ends(field.end) { allowed.allows($0, nil) })
      let tagging = try tagger.tag([tokens])[0]
      #expect(tagging.tags == TagScheme.iob2.converted(enumerated.bestPath.map { tags[Int($0)] }))
      for entity in tagging.entities {
        entities += 1
        var probability = 0.0
        for path in enumerated.possiblePaths
        where EntitySpan.spans(in: path.map { tags[$0] }).contains(entity.span) {
          probability += exp(enumerated.score(path) - enumerated.logPartition)
        }
        // Two losses of up to a hundred nats, each with an error of some units in the last of 24 bits.
        #expect(abs(entity.confidence - probability) < 1e-4, "\(entity) \(probability)")
      }
      for (t, probability) in tagging.probabilities.enumerated() {
        #expect(abs(Double(probability) - enumerated.marginals[t][Int(enumerated.bestPath[t])]) < 1e-5)
      }
    }
    #expect(entities > 3)
  }

  /// Longer than what is read at once; and a word of many characters.
  @Test func longSentencesAreReadInPieces() throws {
    let tokens =
      Array(repeatElement(sentences[0].tokens, count: 1000).joined()) + [String(repeating: "ab", count: 5000)]
    #expect(tokens.count > SentenceTagger.longestSentence)
    let tagging = try tagger.tag([tokens])[0]
    #expect(tagging.tags.count == tokens.count && tagging.probabilities.count == tokens.count)
    #expect(tagging.entities.map(\.span) == EntitySpan.spans(in: tagging.tags))
    let tail = try tagger.tag([Array(tokens[SentenceTagger.longestSentence...])])[0]
    #expect(tagging.tags.suffix(tail.tags.count).elementsEqual(tail.tags))
  }

  @Test func parametersOutOfMeasureAreRefused() {
    for value in [Float.nan, .infinity, 1e30] {
      var model = tagger.model
      model.field?.transitions = Tensor(
        shape: [tagger.vocabulary.tags.count, tagger.vocabulary.tags.count], repeating: value)
      #expect(throws: TaggerError.notFinite) { try SentenceTagger(model, tagger.vocabulary).tag([["Ana"]]) }
      model = tagger.model
      model.output.weight = Tensor(shape: model.output.weight.shape, repeating: value)
      #expect(throws: TaggerError.notFinite) { try SentenceTagger(model, tagger.vocabulary).tag([["Ana"]]) }
    }
  }
}
