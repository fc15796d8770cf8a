import Recurrent
import TestSupport
import Tensors
import Testing

/// A classifier that goes on from a language model: what it takes over, when it changes, and what it cannot start from.
@Suite struct ClassifierTransferTests {
  private static let examples = ClassifierTrainerTests.examples(200, seed: 1)

  private static func model(embedding: Int = 5) -> LanguageModel {
    LanguageModel(LanguageModelConfiguration(vocabulary: 20, embedding: embedding, hidden: 7, layers: 2), seed: 3)
  }

  private static func classifier(_ model: LanguageModel = model()) throws -> Classifier {
    try Classifier(
      from: model, path: "lm", labels: ["no", "yes"], multiLabel: false, pooling: .concat, dropout: 0,
      examples: examples, seed: 2)
  }

  private static func parameters(_ model: some Module, _ prefix: String) -> [Tensor] {
    model.parameters.filter { $0.name.hasPrefix(prefix) }.map(\.tensor)
  }

  @Test func embeddingAndStackAreThoseOfTheLanguageModel() throws {
    let (model, classifier) = (Self.model(), try Self.classifier())
    #expect(!classifier.configuration.bidirectional)
    for prefix in ["embedding", "rnn"] {
      #expect(Self.parameters(classifier, prefix) == Self.parameters(model, prefix), "\(prefix)")
    }
  }

  /// With all examples read: the mean of the logits is the bias, since that of the pooled vectors is 0.
  @Test func pooledVectorsAreStandardised() throws {
    let classifier = try Self.classifier()
    let logits = classifier.logits(Self.examples.steps)
    let bias = classifier.output.bias.scalars
    for label in 0..<2 {
      let mean = logits.reduce(0) { $0 + Double($1[label]) } / Double(logits.count)
      // Sums of 21 standardised features, from values below 1 that are rounded to 2^-24 and scaled by up to 1000.
      #expect(abs(mean - Double(bias[label])) < 1e-3)
      #expect(logits.contains { abs(Double($0[label]) - mean) > 0.1 })
    }
  }

  /// In the first epoch the output alone learns, in the second the upper layer too; the standardisation never.
  @Test func layersLearnOneAfterAnother() throws {
    let parent = try TemporaryFolder()
    let start = try Self.classifier()
    for (epochs, changed) in [(1, ["output"]), (2, ["output", "l1"]), (4, ["output", "l1", "l0", "embedding"])] {
      let folder = ModelFolder("\(parent.path)/\(epochs)")
      try ClassifierTrainer.prepare(
        folder, configuration: start.configuration, reading: ClassifierReading(),
        tokenizer: .word(WordVocabulary((2..<20).map { "w\($0)" })), training: Self.examples, validation: nil,
        options: TrainingOptions(batch: 16, budget: .epochs(epochs), rate: 1e-2, seed: 3), start: start)
      var trainer = try ClassifierTrainer(folder)
      try trainer.train()
      for (before, after) in zip(start.parameters, trainer.checkpoint.model.parameters) {
        let learns = changed.contains { before.name.contains($0) }
        #expect((before.tensor != after.tensor) == learns, "\(before.name) after \(epochs)")
      }
      #expect(try folder.classifier().model.configuration.standardised)
    }
  }

  /// What does not learn yet has no part in the gradient of what does.
  @Test func gradientsOfSomeLayersAreThoseOfAll() throws {
    let classifier = try Self.classifier()
    let (input, lengths) = Classifier.batch(Self.examples.steps)
    func gradients(_ learns: (String) -> Bool) -> Gradients {
      valueAndGradient(of: classifier, learns: learns) {
        ($0(input, lengths: lengths).softmaxCrossEntropy(Self.examples.classes.map { Int32($0[0]) }), ())
      }.gradients
    }
    let all = gradients { _ in true }
    let unfreezing = GradualUnfreezing(layers: 2)
    for epoch in 0..<3 {
      let some = gradients { unfreezing.factor($0, epoch: epoch) > 0 }
      for (whole, part) in zip(all.entries, some.entries) {
        let learns = unfreezing.factor(whole.name, epoch: epoch) > 0
        #expect(part.tensor == (learns ? whole.tensor : Tensor(shape: whole.tensor.shape)), "\(whole.name), \(epoch)")
      }
    }
  }

  @Test func oneHotLanguageModelsAreRefused() {
    #expect(throws: ClassifierError.self) { try Self.classifier(Self.model(embedding: 0)) }
  }
}
