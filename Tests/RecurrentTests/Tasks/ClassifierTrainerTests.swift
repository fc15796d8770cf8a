import Recurrent
import TestSupport
import Tensors
import Testing

/// Classifiers on texts in which one word decides, and on sums of numbers.
@Suite struct ClassifierTrainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Texts of ten tokens, some shorter; the class is 1 if token 3 is there.
  static func examples(_ count: Int, seed: UInt64) -> LabelledSequences {
    var random = SequentialRandom(RandomKey(seed: seed))
    var ids: [[Int32]] = []
    var classes: [[Int]] = []
    for index in 0..<count {
      var text = (0..<Int.random(in: 3...10, using: &random)).map { _ in Int32.random(in: 4..<20, using: &random) }
      if index % 2 == 1 { text[Int.random(in: 0..<text.count, using: &random)] = 3 }
      ids.append(text)
      classes.append([index % 2])
    }
    return LabelledSequences(.tokens(ids), classes: classes)
  }

  private func prepare(
    _ name: String, multiLabel: Bool = false, pooling: SequencePooling.Method = .max, options: TrainingOptions? = nil
  ) throws -> ModelFolder {
    let made = ModelFolder("\(folder.path)/\(name)")
    let words = (2..<20).map { "w\($0)" }
    try ClassifierTrainer.prepare(
      made,
      configuration: ClassifierConfiguration(
        input: .tokens(vocabulary: 20, embedding: 8), labels: ["no", "yes"], multiLabel: multiLabel, hidden: 8,
        pooling: pooling, dropout: 0.1),
      reading: ClassifierReading(), tokenizer: .word(WordVocabulary(words)), training: Self.examples(200, seed: 1),
      validation: Self.examples(60, seed: 2),
      options: options ?? TrainingOptions(batch: 16, budget: .epochs(6), rate: 1e-2, seed: 3))
    return made
  }

  @discardableResult
  private func train(_ made: ModelFolder, stoppingAt step: Int? = nil) throws -> Classifier {
    var trainer = try ClassifierTrainer(made)
    var steps = 0
    try trainer.train { event in
      if case .step = event { steps += 1 }
    } shouldStop: {
      step == steps
    }
    return trainer.checkpoint.model
  }

  @Test(arguments: SequencePooling.Method.allCases)
  func theDecidingWordIsFound(pooling: SequencePooling.Method) throws {
    let made = try prepare(
      "model", pooling: pooling, options: TrainingOptions(batch: 16, budget: .epochs(12), rate: 1e-2, seed: 3))
    try train(made)
    let trained = try made.classifier()
    let test = Self.examples(100, seed: 9)
    let scores = ClassifierEvaluation(trained.model, test, temperature: 1)
    #expect(scores.accuracy > 0.95, "\(scores.accuracy)")
  }

  @Test func severalLabelsAreQuestionsOfTheirOwn() throws {
    let made = try prepare("model", multiLabel: true)
    try train(made)
    let scores = ClassifierEvaluation(try made.classifier().model, Self.examples(100, seed: 9), temperature: 1)
    #expect(try #require(scores.multiple).microF1 > 0.95)
  }

  @Test func aRunThatIsStoppedEndsWithTheSameBits() throws {
    let whole = try train(prepare("whole"))
    let cut = try prepare("cut")
    try train(cut, stoppingAt: 20)
    let resumed = try train(cut)
    #expect(zip(whole.parameters, resumed.parameters).allSatisfy { $0.tensor == $1.tensor })
  }

  @Test func anyBatchGivesTheSameBits() throws {
    let model = Classifier(
      ClassifierConfiguration(input: .tokens(vocabulary: 20, embedding: 8), labels: ["a", "b"], hidden: 8), seed: 4)
    let texts = Self.examples(40, seed: 5).steps
    let together = model.logits(texts, batch: 40)
    #expect(model.logits(texts, batch: 1) == together)
    #expect(model.logits(texts, batch: 7) == together)
  }

  /// At a rate that spares no token, training sees unknown tokens alone; prediction sees the text.
  @Test func droppedTokensAreUnknown() {
    func model(_ rate: Float) -> Classifier {
      Classifier(
        ClassifierConfiguration(
          input: .tokens(vocabulary: 20, embedding: 8), labels: ["a", "b"], hidden: 8, dropout: 0, tokenDropout: rate),
        seed: 4)
    }
    func logits(_ model: Classifier, _ ids: [Int32], _ key: RandomKey?) -> Tensor {
      model(.tokens(ids, batch: 1, time: ids.count, embedding: nil), lengths: [Int32(ids.count)], dropoutKey: key)
    }
    let (ids, none) = ([Int32](1...12), [Int32](repeating: 0, count: 12))
    let key = RandomKey(seed: 1)
    #expect(logits(model(1 - .ulpOfOne), ids, key) == logits(model(0), none, nil))
    #expect(logits(model(1 - .ulpOfOne), ids, nil) == logits(model(0), ids, nil))
    #expect(logits(model(0), ids, key) == logits(model(0), ids, nil))
    let some = logits(model(0.5), ids, key)
    #expect(some != logits(model(0), ids, nil) && some != logits(model(0), none, nil))
  }

  @Test func vectorsAreScaledByTheTrainingPart() throws {
    var random = SequentialRandom(RandomKey(seed: 6))
    let sequences = (0..<120).map { index in
      // Means of -1 and 1 on a large offset, in noise.
      NumericSequence(
        values: (0..<2 * Int.random(in: 4...9, using: &random)).map { _ in
          1000 + (index % 2 == 0 ? -1 : 1) + Float.random(in: -2...2, using: &random)
        }, channels: 2, label: index % 2 == 0 ? "low" : "high")
    }
    let scaling = ChannelScaling(fitting: sequences, channels: 2)
    let data = LabelledSequences(
      .vectors(sequences.map { scaling($0) }, features: 2), classes: sequences.indices.map { [$0 % 2] })
    let made = ModelFolder("\(folder.path)/vectors")
    try ClassifierTrainer.prepare(
      made,
      configuration: ClassifierConfiguration(
        input: .vectors(features: 2), labels: ["low", "high"], hidden: 8, pooling: .mean, dropout: 0),
      reading: ClassifierReading(scaling: scaling), tokenizer: nil, training: data, validation: nil,
      options: TrainingOptions(batch: 16, budget: .epochs(8), rate: 1e-2))
    try train(made)
    #expect(ClassifierEvaluation(try made.classifier().model, data, temperature: 1).accuracy > 0.9)
  }

  @Test func temperatureLowersTheLossOfOverconfidentProbabilities() throws {
    let made = try prepare("model")
    try train(made)
    let (before, after) = try #require(try ClassifierTrainer.calibrate(made))
    #expect(after.lossNats <= before.lossNats)
    #expect(try made.classifier().temperature != 1)
  }

  @Test func lowerLayersWakeLaterAndLearnSlower() {
    let unfreezing = GradualUnfreezing(layers: 2, decay: 2)
    let names = ["output.weight", "pooling.query", "rnn.weight_ih_l1", "rnn.bias_hh_l0", "embedding.weight"]
    #expect(names.map { unfreezing.factor($0, epoch: 0) } == [1, 1, 0, 0, 0])
    #expect(names.map { unfreezing.factor($0, epoch: 2) } == [1, 1, 0.5, 0.25, 0])
    #expect(names.map { unfreezing.factor($0, epoch: 9) } == [1, 1, 0.5, 0.25, 0.125])
    let atOnce = GradualUnfreezing(layers: 2, decay: 2, gradual: false)
    #expect(names.map { atOnce.factor($0, epoch: 0) } == [1, 1, 0.5, 0.25, 0.125])
  }

  @Test func damagedFoldersAreRefused() throws {
    let made = try prepare("model")
    try train(made)
    try folder.write(Array("{\"format\": 1, \"task\": \"classifier\"}".utf8), to: "model/config.json")
    #expect(throws: ModelFileError.self) { try made.classifier() }
    #expect(throws: ModelFileError.self) { try made.languageModel() }
  }
}
