import Recurrent
import TestSupport
import Tensors
import Testing

@Suite struct TaggerVocabularyTests {
  private func sentence(_ text: String) -> TaggedSentence {
    let pairs = text.split(separator: " ").map { $0.split(separator: "/").map(String.init) }
    return TaggedSentence(tokens: pairs.map { $0[0] }, tags: pairs.map { $0[1] }, lines: [])
  }

  @Test func keysAreLowerCaseWithoutDigits() {
    #expect(TaggerVocabulary.key("Él") == "él")
    #expect(TaggerVocabulary.key("B-52a") == "b-00a")
    #expect(TaggerVocabulary.key("2002") == TaggerVocabulary.key("1999"))
  }

  @Test func wordsAreByFrequencyAndTagsByType() {
    let sentences = [sentence("The/O the/O Sea/B-LOC a/O"), sentence("sea/B-PER x/I-PER")]
    let all = TaggerVocabulary(sentences, scheme: .iob2)
    #expect(all.words == ["sea", "the", "a", "x"])
    #expect(all.tags == ["O", "B-LOC", "I-LOC", "E-LOC", "S-LOC", "B-PER", "I-PER", "E-PER", "S-PER"])
    let few = TaggerVocabulary(sentences, additional: ["new"], minimumCount: 2, scheme: .iob2, trainedScheme: .iob2)
    #expect(few.words == ["new", "sea", "the"])
    #expect(few.tags == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
    let plain = TaggerVocabulary([sentence("a/DET ship/NOUN")], scheme: .plain)
    #expect(plain.tags == ["DET", "NOUN"] && plain.trainedScheme == .plain && plain.allowedTransitions == nil)
  }

  @Test func transitionsAreThoseOfTheScheme() throws {
    let vocabulary = TaggerVocabulary([sentence("a/B-X b/I-X")], scheme: .iob2)
    let allowed = try #require(vocabulary.allowedTransitions)
    // O, B, I, E, S: rows from, the last one the start; columns to, the last one the end.
    let expected = ["110011", "001100", "001100", "110011", "110011", "11001"]
    let places = (0..<5).map(Optional.init) + [nil]
    for (from, row) in zip(places, expected) {
      for (to, letter) in zip(places, row) {
        #expect(allowed.allows(from, to) == (letter == "1"), "\(from ?? -1) \(to ?? -1)")
      }
    }
  }

  /// By key, as written where there is no such key, and none for words that nobody asked for.
  @Test func vectorsAreFoundByKeyOrAsWritten() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("the 1 2\nOslo 3 4\noslo 5 6\nMadrid 7 8\nother 9 9\n".utf8, to: "vectors.txt")
    let vectors = try TaggerWordVectors(reading: path, tokens: ["The", "Oslo", "Madrid", "sea"])
    #expect(vectors.dimension == 2 && vectors.keys == ["the", "oslo", "madrid"])
    let sentences = [sentence("The/O sea/O Oslo/B-LOC Oslo/B-LOC")]
    let vocabulary = TaggerVocabulary(sentences, additional: vectors.keys, scheme: .iob2)
    #expect(vocabulary.words == ["oslo", "the", "madrid", "sea"])
    let model = ModelFolder("\(folder.path)/model")
    let configuration = TaggerConfiguration(
      words: 5, characters: vocabulary.characters.scalars.count + 1, tags: vocabulary.tags.count, embedding: 2)
    try TaggerTrainer.prepare(
      model, training: sentences, validation: [], vocabulary: vocabulary, configuration: configuration,
      options: TrainingOptions(batch: 1), vectors: vectors)
    let table = try model.tagger().model.words.weight
    let rows = (2..<8).map { table.pointer[$0] }
    #expect(rows == [5, 6, 1, 2, 7, 8])
    // A run that has not begun begins with them.
    #expect(try TaggerTrainer(model).checkpoint.model.words.weight.pointer[2] == 5)
    #expect(throws: WordVectorsError.dimension(path: path, found: 2, wanted: 3)) {
      try TaggerWordVectors(reading: path, tokens: ["the"], dimension: 3)
    }
  }
}
