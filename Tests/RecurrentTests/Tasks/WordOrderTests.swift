import Recurrent
import TestSupport
import Testing

/// "I work at google" and "I google at work": the same words, of which each is a verb in one and a noun in the other. Only
/// their order tells.
@Suite struct WordOrderTests {
  static let words = [
    "work", "google", "park", "walk", "drink", "phone", "ship", "fish", "book", "plant", "box", "paint", "name", "land",
    "dance", "hope", "run", "dream",
  ]

  static func sentence(_ verb: String, _ noun: String, _ subject: String, _ place: String) -> TaggedSentence {
    TaggedSentence(
      tokens: [subject, verb, place, noun], tags: ["PRONOUN", "VERB", "PREPOSITION", "NOUN"], lines: [1, 2, 3, 4])
  }

  /// Every pair of words in both orders; pairs are either for training or for the test.
  static let parts: (training: [TaggedSentence], test: [TaggedSentence]) = {
    var (training, test): ([TaggedSentence], [TaggedSentence]) = ([], [])
    for first in words.indices {
      for second in words.indices where second > first {
        let (subject, place) = (["I", "you", "we"][(first + second) % 3], ["at", "in", "near"][(first * second) % 3])
        let pair = [
          sentence(words[first], words[second], subject, place), sentence(words[second], words[first], subject, place),
        ]
        if (first + 2 * second) % 4 == 0 { test += pair } else { training += pair }
      }
    }
    return (training, test)
  }()

  @Test func orderTellsVerbsFromNouns() throws {
    let (training, test) = Self.parts
    let folder = try TemporaryFolder()
    let vocabulary = TaggerVocabulary(training, scheme: .plain)
    let model = ModelFolder("\(folder.path)/order")
    try TaggerTrainer.prepare(
      model, training: training, validation: [], vocabulary: vocabulary,
      configuration: TaggerConfiguration(
        words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1,
        tags: vocabulary.tags.count, embedding: 8, characterEmbedding: 0, hidden: 8, dropout: 0, output: .softmax),
      options: TrainingOptions(batch: 8, budget: .epochs(6), rate: 0.02))
    var trainer = try TaggerTrainer(model)
    try trainer.train(clock: { 0 })
    let (tagger, known) = try model.tagger()
    for (sentence, tagging) in zip(test, try SentenceTagger(tagger, known).tag(test.map(\.tokens))) {
      #expect(tagging.tags == sentence.tags, "\(sentence.tokens)")
    }
  }

  /// What knows a word and how often each word is in the sentence, but not their order, must say the same of it in both
  /// sentences of a pair: the best that it can know is right half of the time.
  @Test func aBagOfWordsCannotTell() {
    var answers: [[String]: [String: Int]] = [:]
    var asked = 0
    for sentence in Self.parts.test {
      for (token, tag) in zip(sentence.tokens, sentence.tags) where Self.words.contains(token) {
        answers[[token] + sentence.tokens.sorted(), default: [:]][tag, default: 0] += 1
        asked += 1
      }
    }
    let most = answers.values.reduce(0) { $0 + ($1.values.max() ?? 0) }
    #expect(asked > 100 && 2 * most == asked)
  }
}
