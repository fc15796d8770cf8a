import Foundation
import Recurrent
import TestSupport
import Testing

/// What a run finds when it is taken up again: a new end, lines of a killed run, damaged files.
@Suite struct TrainerResumptionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func prepare(_ options: TrainingOptions) throws -> ModelFolder {
    try LanguageModelTrainerTests.prepare(folder, "model", options: options, hidden: 6)
  }

  /// A new budget holds for later resumptions too, as the command that a stopped run prints does not name it.
  @Test func aNewBudgetStays() throws {
    let made = try prepare(TrainingOptions(batch: 4, window: 20, budget: .steps(2)))
    try LanguageModelTrainerTests.train(made, stoppingEvery: nil)
    var longer = try LanguageModelTrainer(made, budget: .steps(6))
    try longer.train(clock: { 0 }, shouldStop: { true })
    #expect(longer.checkpoint.progress.step == 3)
    var again = try LanguageModelTrainer(made)
    try again.train(clock: { 0 })
    #expect(again.checkpoint.progress.step == 6)
  }

  @Test func aSpentBudgetTakesNoStep() throws {
    let made = try prepare(TrainingOptions(batch: 4, window: 20, budget: .steps(4)))
    try LanguageModelTrainerTests.train(made, stoppingEvery: nil)
    for budget in [nil, TrainingBudget.steps(4), .steps(1)] {
      var trainer = try LanguageModelTrainer(made, budget: budget)
      try trainer.train(clock: { 0 })
      #expect(trainer.checkpoint.progress.step == 4)
    }
  }

  /// Lines after the checkpoint come again, a line that was cut goes, those before stay as they are.
  @Test func metricsOfAKilledRunAreTrimmed() throws {
    let made = try prepare(TrainingOptions(batch: 4, window: 20, budget: .steps(8)))
    var trainer = try LanguageModelTrainer(made)
    var steps = 0
    try trainer.train(
      clock: { 0 },
      shouldStop: {
        steps += 1
        return steps == 5
      })
    let before = try folder.read("model/training/metrics.jsonl")
    let later = #"{"epoch":0.5,"seconds":1,"step":6,"training_loss":2}"# + "\n" + #"{"epoch":0.6,"sec"#
    try folder.write(before + Array(later.utf8), to: "model/training/metrics.jsonl")
    var again = try LanguageModelTrainer(made)
    #expect(try folder.read("model/training/metrics.jsonl") == before)
    try again.train(clock: { 0 })
    let lines = try String(decoding: folder.read("model/training/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
    let records = try lines.map { try JSONDecoder().decode(MetricsRecord.self, from: Data($0.utf8)) }
    #expect(records.filter { $0.trainingLoss != nil }.map(\.step) == Array(1...8))
  }

  /// Progress, options and shapes that no run writes are refused, and end no program.
  @Test(arguments: [
    ("training/checkpoint.safetensors", #"\"window\":1"#, #"\"window\":9"#),
    ("training/checkpoint.safetensors", #"\"epoch\":0"#, #"\"epoch\":-"#),
    ("training/options.json", "\"batch\" : 4", "\"batch\" : 0"),
    ("training/options.json", "\"batch\" : 4", "\"batch\" : 5"),
    ("training/options.json", "\"batch\" : 4", "\"batch\" : 4611686018427387904"),
    ("training/options.json", "\"window\" : 400", "\"window\" : -1"),
    ("training/options.json", "\"trainingTokens\" : ", "\"trainingTokens\" : 9"),
    ("training/options.json", "\"seed\" : 1", "\"seed\" : -1"),
    ("config.json", "\"hidden\" : 6", "\"hidden\" : 7"),
    ("config.json", "\"hidden\" : 6", "\"hidden\" : 1048576"),
    ("config.json", "\"vocabulary\" : ", "\"vocabulary\" : 9"),
    ("config.json", "\"cell\" : \"lstm\"", "\"cell\" : \"gru\""),
  ])
  func editedFilesAreRefused(_ name: String, _ old: String, _ new: String) throws {
    let made = try prepare(TrainingOptions(batch: 4, window: 400, budget: .steps(9)))
    var trainer = try LanguageModelTrainer(made)
    try trainer.train(clock: { 0 }, shouldStop: { true })
    let bytes = try folder.read("model/\(name)")
    let changed = replace(old, by: new, in: bytes)
    #expect(changed != bytes, "\(old) is not in \(name)")
    try folder.write(changed, to: "model/\(name)")
    #expect(throws: (any Error).self) { try LanguageModelTrainer(made) }
  }

  private func replace(_ old: String, by new: String, in bytes: [UInt8]) -> [UInt8] {
    guard let range = bytes.firstRange(of: Array(old.utf8)) else { return bytes }
    return bytes[..<range.lowerBound] + Array(new.utf8) + bytes[range.upperBound...]
  }

  /// A rate that spoils the weights at once: what a run of one step a checkpoint leaves must still give a finite loss.
  @Test func theLastGoodCheckpointStays() throws {
    let made = try LanguageModelTrainerTests.prepare(
      folder, "wild",
      options: TrainingOptions(
        batch: 8, window: 20, budget: .steps(50), optimizer: .sgd(), rate: 1e30, clipping: .none),
      cell: .elmanReLU)
    var trainer = try LanguageModelTrainer(made)
    #expect(throws: TrainingError.self) { try trainer.train(clock: { 0 }, checkpointEvery: 1) }
    let model = try LanguageModelTrainer(made).checkpoint.model
    let (logits, _) = model([1, 2, 3], batch: 1, time: 3, state: model.zeroState(batch: 1))
    #expect(logits.scalars.allSatisfy { $0.isFinite })
  }

  /// The loss of a validation text is not finite if the last update of an epoch spoilt the weights.
  @Test func aValidationLossThatIsNotFiniteEndsTheRun() throws {
    let made = try LanguageModelTrainerTests.prepare(
      folder, "wild",
      options: TrainingOptions(
        batch: 3, window: 1000, budget: .epochs(3), optimizer: .sgd(), rate: 1e30, clipping: .none),
      cell: .elmanReLU)
    var trainer = try LanguageModelTrainer(made)
    #expect(throws: TrainingError.self) { try trainer.train(clock: { 0 }) }
    let model = try LanguageModelTrainer(made).checkpoint.model
    #expect(model.parameters.allSatisfy { $0.tensor.scalars.allSatisfy { abs($0) < 10 } })
  }

  /// Two tokens are the fewest of which one follows another.
  @Test(arguments: [0, 1, 2]) func aValidationTextWithoutPredictionsGivesNoLoss(_ words: Int) throws {
    let corpus = try Corpus([folder.write(LanguageModelTrainerTests.text.utf8, to: "text.txt")])
    let short = try Corpus([folder.write((" " + String(repeating: "sea ", count: words)).utf8, to: "short.txt")])
    let tokenizer = try Tokenizer(TokenizerOptions(.word), corpus: corpus)
    let made = ModelFolder("\(folder.path)/model")
    try made.create()
    try TokenFile.write(corpus, tokenizer: tokenizer, to: made.tokens)
    try TokenFile.write(short, tokenizer: tokenizer, to: made.validationTokens)
    try LanguageModelTrainer.prepare(
      made, tokenizer: tokenizer,
      configuration: LanguageModelConfiguration(vocabulary: tokenizer.count, embedding: 4, hidden: 4),
      options: TrainingOptions(batch: 2, window: 20, budget: .steps(2)), validationFraction: 0,
      separateValidation: true)
    var trainer = try LanguageModelTrainer(made)
    try trainer.train(clock: { 0 })
    #expect((trainer.checkpoint.progress.bestObjective != nil) == (words > 1))
  }
}
