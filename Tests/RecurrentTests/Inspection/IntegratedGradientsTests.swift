import Recurrent
import TestSupport
import Testing

@Suite struct IntegratedGradientsTests {
  private static func classifier(
    labels: [String], multiLabel: Bool = false, initialisation: Initialisation = .pytorch
  ) throws -> TrainedClassifier {
    let words = ["free", "win", "meeting", "tomorrow", "now"]
    let folder = try TemporaryFolder()
    let made = ModelFolder("\(folder.path)/model")
    try ClassifierTrainer.prepare(
      made,
      configuration: ClassifierConfiguration(
        input: .tokens(vocabulary: 7, embedding: 6), labels: labels, multiLabel: multiLabel, hidden: 5,
        initialisation: initialisation),
      reading: ClassifierReading(normalisation: .words), tokenizer: .word(WordVocabulary(words)),
      training: LabelledSequences(.tokens([[2], [3]]), classes: [[0], [1]]), validation: nil,
      options: TrainingOptions(batch: 2, budget: .steps(1)))
    var trainer = try ClassifierTrainer(made)
    try trainer.train()
    return try made.classifier()
  }

  /// By completeness the weights add up to the difference of the log-odds: here to a hundredth, as documented.
  @Test(arguments: [["ham", "spam"], ["a", "b", "c"]], [false, true])
  func theWeightsAddUp(labels: [String], multiLabel: Bool) throws {
    let trained = try Self.classifier(labels: labels, multiLabel: multiLabel)
    let explanation = try trained.explain("Win free, meeting NOW")
    #expect(explanation.tokens == ["win", "free", ",", "meeting", "⇪", "now"])
    #expect(explanation.weights.count == 6)
    #expect(explanation.weights.contains { abs($0) > 1e-4 })
    let difference = abs(explanation.logOdds - explanation.baselineLogOdds)
    #expect(explanation.completenessTolerance == 0.01 * max(1, difference))
    #expect(explanation.completenessError <= 0.01 * max(1, difference) && explanation.isComplete)
  }

  /// The log-odds are those of the probability that is given, after calibration.
  @Test(arguments: [0.5, 1, 4]) func theLogOddsAreThoseOfTheProbability(temperature: Double) throws {
    let made = try Self.classifier(labels: ["a", "b", "c"])
    let trained = TrainedClassifier(
      model: made.model, reading: made.reading, tokenizer: made.tokenizer, temperature: temperature)
    let explanation = try trained.explain("win free now")
    // The logits are float32.
    #expect(abs(1 / (1 + Double.exp(-explanation.logOdds)) - explanation.probability) < 1e-6)
    #expect(explanation.isComplete)
  }

  /// Gates of such weights switch within the first 1,024th of the line, which no point of it sees.
  @Test func anIncompleteExplanationSaysSo() throws {
    let trained = try Self.classifier(labels: ["ham", "spam"], initialisation: .uniform(1000))
    let explanation = try trained.explain("win free")
    #expect(explanation.completenessError > explanation.completenessTolerance && !explanation.isComplete)
  }

  @Test func aTextWithoutTokensHasNoWeights() throws {
    let explanation = try Self.classifier(labels: ["ham", "spam"]).explain("")
    #expect(explanation.weights.isEmpty)
    #expect(explanation.logOdds == explanation.baselineLogOdds)
  }
}
