import Recurrent
import TestSupport
import Tensors
import Testing

/// One parameter, which falls by 1 with each update; an epoch is one update.
private struct Counter: Module {
  var value = Tensor(0)
  mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("value", &value)
  }
}

/// A task whose validation results are written down beforehand, one for each epoch.
private struct WrittenResults: TrainingTask {
  let results: [Validation]

  var stepsPerEpoch: Int { 1 }
  func batch(epoch: Int, step: Int) -> Int { 1 }
  func count(_ batch: Int) -> Int { batch }
  func loss(
    _ model: Counter, _ batch: Int, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) { (model.value.sum(), state) }
  func validate(_ model: Counter) -> Validation? { results[Int(-model.value.scalar.rounded()) - 1] }
}

/// Which model is kept and when patience runs out.
@Suite struct TrainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// The progress at the end, and the epoch of the model that is kept.
  private func run(
    _ results: [Validation], _ name: String = "model", stopping: Bool = false
  ) throws -> (progress: TrainingProgress, kept: Int) {
    let made = ModelFolder("\(folder.path)/\(name)")
    try made.create()
    let options = TrainingOptions(
      budget: .epochs(results.count), optimizer: .sgd(), rate: 1, clipping: .none, patience: 2)
    var progress = TrainingProgress()
    while !progress.finished {
      var trainer = try Trainer(made, task: WrittenResults(results: results), model: Counter(), options: options)
      try trainer.train(clock: { 0 }, shouldStop: { stopping })
      progress = trainer.checkpoint.progress
    }
    var best = Counter()
    try ParameterFile.read(SafetensorsFile(reading: made.parameters), into: &best)
    return (progress, Int(-best.value.scalar))
  }

  @Test func ofEqualScoresTheLowerLossIsBetter() throws {
    let losses = [0.9, 0.8, 0.7, 0.6, 0.65, 0.5]
    let (progress, kept) = try run(losses.map { Validation(loss: $0, score: 0.5) })
    #expect(progress.epoch == 6 && kept == 6)
    #expect(progress.bestObjective == -0.5 && progress.bestLoss == 0.5)
  }

  @Test func equalScoresWithoutALowerLossEndPatience() throws {
    let losses = [0.9, 0.8, 0.8, 0.85, 0.1]
    let (progress, kept) = try run(losses.map { Validation(loss: $0, score: 0.5) })
    #expect(progress.epoch == 4 && kept == 2)
  }

  @Test func aHigherScoreWinsWhateverItsLoss() throws {
    let (progress, kept) = try run(
      zip([0.5, 0.6, 0.5, 0.6], [0.5, 0.9, 0.1, 0.8]).map { Validation(loss: $1, score: $0) })
    #expect(progress.epoch == 4 && kept == 4 && progress.bestLoss == 0.8)
  }

  @Test func stopsBetweenEqualScoresDoNotMatter() throws {
    let results = [0.7, 1.0 / 3, 0.4, 0.3, 0.35].map { Validation(loss: $0, score: 2.0 / 3) }
    let whole = try run(results, "whole")
    let parts = try run(results, "parts", stopping: true)
    #expect(whole == parts && whole.kept == 4)
    #expect(
      try folder.read("whole/training/checkpoint.safetensors") == folder.read("parts/training/checkpoint.safetensors"))
  }

  /// Without a word on the best loss, as in a checkpoint of a version that did not keep it, an equal score is no better.
  @Test func checkpointsWithoutABestLossAreTakenUp() throws {
    let results = [0.9, 0.8, 0.7].map { Validation(loss: $0, score: 0.5) }
    let made = ModelFolder("\(folder.path)/old")
    try made.create()
    let options = TrainingOptions(budget: .epochs(3), optimizer: .sgd(), rate: 1, clipping: .none, patience: 2)
    var first = try Trainer(made, task: WrittenResults(results: results), model: Counter(), options: options)
    try first.train(shouldStop: { true })
    var checkpoint = first.checkpoint
    checkpoint.progress.bestLoss = nil
    try checkpoint.write(to: made.checkpoint)
    var second = try Trainer(made, task: WrittenResults(results: results), model: Counter(), options: options)
    try second.train()
    #expect(second.checkpoint.progress.bestStep == 1 && second.checkpoint.progress.epoch == 3)
  }

  /// The clock and the wish to stop have defaults.
  @Test func eventsNeedNoMoreThanAClosure() throws {
    let made = ModelFolder("\(folder.path)/events")
    try made.create()
    let options = TrainingOptions(budget: .epochs(2), optimizer: .sgd(), rate: 1, clipping: .none)
    let task = WrittenResults(results: [2, 1].map { Validation(loss: $0) })
    var trainer = try Trainer(made, task: task, model: Counter(), options: options)
    var seconds: [Double] = []
    try trainer.train { event in
      if case .step(let record, _) = event { seconds.append(record.seconds) }
    }
    #expect(seconds.count == 2 && seconds[0] > 0 && seconds[1] > seconds[0])
  }
}
