import Recurrent
import TestSupport
import Tensors
import Testing

/// A tagger that goes on from a language model: what it takes over, and what it cannot start from.
@Suite struct TaggerTransferTests {
  static let words = ["the", "Cat", "sat", "mat", "cat"]
  static let tokenizer = Tokenizer.word(WordVocabulary(words))

  static func model(embedding: Int = 5) -> LanguageModel {
    LanguageModel(
      LanguageModelConfiguration(vocabulary: tokenizer.count, embedding: embedding, hidden: 7, layers: 2), seed: 3)
  }

  /// Where nothing stands beside the words' vectors, the first layer's forward direction computes what the language model's
  /// does, to the bit; above it, the forward halves of the weights are those of the language model.
  @Test func theForwardDirectionIsThatOfTheLanguageModel() throws {
    let model = Self.model()
    let start = try TaggerStart(model, Self.tokenizer, path: "lm")
    // Of two words with one key, the more frequent is taken: "Cat" has id 3.
    #expect(start.keys == ["the", "cat", "sat", "mat"])
    let sentence = TaggedSentence(tokens: ["the", "cat", "sat"], tags: ["O", "B-X", "O"], lines: [1, 2, 3])
    let vocabulary = TaggerVocabulary([sentence], additional: start.keys, scheme: .iob2)
    let folder = try TemporaryFolder()
    let tagger = ModelFolder("\(folder.path)/tagger")
    try TaggerTrainer.prepare(
      tagger, training: [sentence], validation: [], vocabulary: vocabulary,
      configuration: TaggerConfiguration(
        words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1,
        tags: vocabulary.tags.count, embedding: 5, characterEmbedding: 0, hidden: 7, layers: 2),
      options: TrainingOptions(batch: 1, budget: .steps(1)), start: start)
    let made = try TaggerTrainer(tagger).checkpoint.model
    let ids: [Int32] = [2, 3, 4, 5]
    let own = ["the", "cat", "sat", "mat"].map { Int32((vocabulary.words.firstIndex(of: $0) ?? -1) + 1) }
    let expected = model.stack.layers[0](
      .tokens(ids, batch: 1, time: 4, embedding: model.embedding?.weight),
      initial: model.stack.layers[0].zeroState(batch: 1))
    let forward = made.stack.layers[0](
      .tokens(own, batch: 1, time: 4, embedding: made.words.weight), initial: made.stack.layers[0].zeroState(batch: 1))
    #expect(forward.output == expected.output)
    let (upper, from) = (made.stack.layers[2].weights, model.stack.layers[1].weights)
    #expect(upper.recurrentWeight == from.recurrentWeight && upper.inputBias == from.inputBias)
    #expect(upper.inputWeight.slice(0..<7, axis: 1) == from.inputWeight)
    // The backward direction is drawn.
    #expect(made.stack.layers[1].weights.recurrentWeight != model.stack.layers[0].weights.recurrentWeight)
  }

  @Test func lowerLayersLearnLaterAndSlower() {
    let unfreezing = GradualUnfreezing(layers: 2, decay: 2)
    for (parameter, factors) in [
      ("output.weight", [1, 1, 1, 1]), ("crf.transitions", [1, 1, 1, 1]),
      ("characters.embedding.weight", [1, 1, 1, 1]),
      ("rnn.weight_hh_l0_reverse", [1, 1, 1, 1]), ("rnn.weight_hh_l1", [0, 0.5, 0.5, 0.5]),
      ("rnn.bias_ih_l0", [0, 0, 0.25, 0.25]), ("words.weight", [0, 0, 0, 0.125]),
    ] as [(String, [Float])] {
      #expect((0..<4).map { unfreezing.factor(parameter, epoch: $0) } == factors, "\(parameter)")
    }
  }

  @Test func otherLanguageModelsAreRefused() throws {
    #expect(throws: TaggerError.self) { try TaggerStart(Self.model(embedding: 0), Self.tokenizer, path: "lm") }
    #expect(throws: TaggerError.self) { try TaggerStart(Self.model(), .byte, path: "lm") }
  }
}
