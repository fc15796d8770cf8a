import Recurrent
import Synchronization
import TestSupport
import Testing

/// Runs end with the same bits whatever the number of threads, and however often they are stopped.
@Suite(.serialized) struct LanguageModelTrainerTests {
  static let text = sampleText(words: 700, seed: 3)

  /// A run in a new folder below `parent`.
  static func prepare(
    _ parent: TemporaryFolder, _ name: String, options: TrainingOptions, dropout: Float = 0.3,
    cell: CellKind = .lstm, hidden: Int = 24, path: String? = nil
  ) throws -> ModelFolder {
    let corpus = try Corpus([path ?? parent.write(text.utf8, to: "text.txt")])
    let tokenizer = try Tokenizer(TokenizerOptions(.character), corpus: corpus)
    let folder = ModelFolder("\(parent.path)/\(name)")
    try folder.create()
    try TokenFile.write(corpus, tokenizer: tokenizer, to: folder.tokens)
    try LanguageModelTrainer.prepare(
      folder, tokenizer: tokenizer,
      configuration: LanguageModelConfiguration(
        vocabulary: tokenizer.count, embedding: 8, cell: cell, hidden: hidden, layers: 2, dropout: dropout),
      options: options, validationFraction: 0.1, separateValidation: false)
    return folder
  }

  /// Trains, stopping and taking up again after every so many steps.
  static func train(_ folder: ModelFolder, stoppingEvery steps: Int?) throws {
    var finished = false
    while !finished {
      var trainer = try LanguageModelTrainer(folder)
      var made = 0
      let counter = Mutex(0)
      try trainer.train(
        clock: { 0 },
        shouldStop: {
          made = counter.withLock {
            $0 += 1; return $0
          }
          return made == steps
        })
      finished = trainer.checkpoint.progress.finished
    }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    try MappedFile(path).contents
  }

  /// The training loss of every step in float32 and in bfloat16. Rounding moves it by far less than it falls: by less than
  /// 0.01 nats on average over the curve while it falls by more than one, and by less than 0.05 at any step.
  static func bfloat16FollowsFloat32(steps: Int, _ prepare: (Precision) throws -> ModelFolder) throws {
    let curves = try Precision.allCases.map { precision in
      var trainer = try LanguageModelTrainer(prepare(precision))
      let losses = Mutex<[Double]>([])
      try trainer.train { event in
        if case .step(let record, _) = event { losses.withLock { $0.append(record.trainingLoss ?? .nan) } }
      }
      return losses.withLock { $0 }
    }
    let distances = zip(curves[0], curves[1]).map { abs($0 - $1) }
    #expect(distances.count == steps && curves[0][0] - curves[0][steps - 1] > 1)
    #expect(distances.max() ?? 1 < 0.05, "\(distances.max() ?? 0)")
    #expect(distances.reduce(0, +) / Double(steps) < 0.01, "\(distances.reduce(0, +) / Double(steps))")
    #expect(distances.contains { $0 > 0 })
  }

  @Test(arguments: [CellKind.lstm, .gru, .elman]) func bfloat16FollowsTheLossOfFloat32(_ cell: CellKind) throws {
    let folder = try TemporaryFolder()
    try Self.bfloat16FollowsFloat32(steps: 150) { precision in
      let options = TrainingOptions(batch: 8, window: 20, budget: .steps(150), rate: 0.01, precision: precision)
      return try Self.prepare(folder, precision.rawValue, options: options, dropout: 0, cell: cell, hidden: 48)
    }
  }

  /// The same on Shakespeare, with the default batch, window, rate and dropout.
  @Test(.enabled(if: RealData.exists, "no data: name its folder with RECURRENT_DATA"))
  func bfloat16FollowsTheLossOfFloat32OnShakespeare() throws {
    let folder = try TemporaryFolder()
    try Self.bfloat16FollowsFloat32(steps: 200) { precision in
      let options = TrainingOptions(batch: 32, window: 100, budget: .steps(200), rate: 0.002, precision: precision)
      return try Self.prepare(
        folder, precision.rawValue, options: options, dropout: 0.2, hidden: 64,
        path: "\(RealData.folder)/language-modelling/tinyshakespeare.txt")
    }
  }

  @Test(arguments: [1, 2, 3, 7]) func threadsDoNotMatter(_ threads: Int) throws {
    let folder = try TemporaryFolder()
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let options = TrainingOptions(batch: 40, window: 9, budget: .steps(6))
    ThreadPool.shared.threads = 1
    let one = try Self.prepare(folder, "one", options: options, hidden: 100)
    try Self.train(one, stoppingEvery: nil)
    ThreadPool.shared.threads = threads
    let other = try Self.prepare(folder, "other", options: options, hidden: 100)
    try Self.train(other, stoppingEvery: nil)
    #expect(try Self.bytes(one.parameters) == Self.bytes(other.parameters))
    #expect(try Self.bytes(one.checkpoint) == Self.bytes(other.checkpoint))
  }

  static let variants: [TrainingOptions] = [
    TrainingOptions(batch: 8, window: 20, budget: .epochs(3)),
    TrainingOptions(
      batch: 5, window: 30, budget: .epochs(4), optimizer: .sgd(momentum: 0.9), rate: 0.5,
      schedule: .plateau(patience: 1, factor: 0.5), clipping: .value(0.1)),
    TrainingOptions(
      batch: 8, window: 33, budget: .steps(31), optimizer: .rmsprop(), schedule: .cosine(warmup: 5)),
    TrainingOptions(
      batch: 8, window: 33, budget: .epochs(3), optimizer: .adamw(), weightDecay: 0.1,
      schedule: .step(after: 1, every: 1, factor: 0.5), clipping: .none),
    TrainingOptions(
      batch: 8, window: 33, budget: .epochs(3), optimizer: .sgd(), rate: 2, schedule: .exponential(factor: 0.5)),
  ]

  @Test(arguments: variants) func stoppingDoesNotMatter(_ options: TrainingOptions) throws {
    let folder = try TemporaryFolder()
    let whole = try Self.prepare(folder, "whole", options: options)
    try Self.train(whole, stoppingEvery: nil)
    for steps in [1, 5] {
      let parts = try Self.prepare(folder, "parts\(steps)", options: options)
      try Self.train(parts, stoppingEvery: steps)
      #expect(try Self.bytes(whole.parameters) == Self.bytes(parts.parameters))
      #expect(try Self.bytes(whole.checkpoint) == Self.bytes(parts.checkpoint))
      // The speed alone differs in the metrics.
      let records = try [whole, parts].map { try MetricsFile.steps($0.metrics) }
      #expect(records[0] == records[1])
      #expect(records[0].count == Set(records[0]).count)
    }
  }

  @Test func aDifferentSeedGivesOtherBits() throws {
    let folder = try TemporaryFolder()
    let folders = try [UInt64(1), 2].map { seed in
      let made = try Self.prepare(
        folder, "seed\(seed)", options: TrainingOptions(batch: 8, window: 20, budget: .steps(2), seed: seed))
      try Self.train(made, stoppingEvery: nil)
      return made
    }
    #expect(try Self.bytes(folders[0].parameters) != Self.bytes(folders[1].parameters))
  }

  @Test func aLossThatIsNotFiniteEndsTheRunAndKeepsTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    let made = try Self.prepare(
      folder, "wild",
      options: TrainingOptions(
        batch: 8, window: 20, budget: .steps(50), optimizer: .sgd(), rate: 1e30, schedule: .constant, clipping: .none),
      cell: .elmanReLU)
    var trainer = try LanguageModelTrainer(made)
    var failure: TrainingError?
    do { try trainer.train(clock: { 0 }) } catch let error as TrainingError { failure = error }
    guard case .notFinite(let step, _, _, let rate, _) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(step > 0 && rate == 1e30)
    // The start of the run was saved, and its parameters are finite.
    let again = try LanguageModelTrainer(made)
    #expect(again.checkpoint.progress.step == 0)
    #expect(again.checkpoint.model.parameters.allSatisfy { $0.tensor.scalars.allSatisfy(\.isFinite) })
  }

  @Test func patienceEndsTheRun() throws {
    let folder = try TemporaryFolder()
    let made = try Self.prepare(
      folder, "patient",
      options: TrainingOptions(batch: 8, window: 50, budget: .epochs(400), rate: 0.05, patience: 2))
    try Self.train(made, stoppingEvery: nil)
    let trainer = try LanguageModelTrainer(made)
    #expect(trainer.checkpoint.progress.epoch < 400)
    #expect(trainer.checkpoint.progress.epochsSinceBest == 2)
  }

  @Test func trainingLowersTheLoss() throws {
    let folder = try TemporaryFolder()
    let made = try Self.prepare(
      folder, "model", options: TrainingOptions(batch: 8, window: 30, budget: .epochs(30), rate: 0.01), dropout: 0)
    try Self.train(made, stoppingEvery: nil)
    let (model, tokenizer) = try made.languageModel()
    let ids = try tokenizer.encode(Array(Self.text.utf8))
    let result = try model.evaluate(tokenCount: ids.count, bytes: Self.text.utf8.count) { Array(ids[$0]) }
    // The words are drawn at random from twelve: log(12) nats a word of about five characters.
    #expect(result.lossNats < 0.8)
    #expect(result.tokens == ids.count - 1)
  }

  @Test func everyCutOfACheckpointIsRefused() throws {
    let folder = try TemporaryFolder()
    let made = try Self.prepare(
      folder, "model", options: TrainingOptions(batch: 2, window: 10, budget: .steps(1)), hidden: 2)
    try Self.train(made, stoppingEvery: nil)
    let whole = try Self.bytes(made.checkpoint)
    for count in stride(from: 0, to: whole.count, by: 97) {
      try folder.write(whole[..<count], to: "model/training/checkpoint.safetensors")
      #expect(throws: (any Error).self) { try LanguageModelTrainer(made) }
    }
  }
}

/// What of `metrics.jsonl` does not depend on time.
enum MetricsFile {
  static func steps(_ path: String) throws -> [String] {
    try String(decoding: MappedFile(path).contents, as: UTF8.self).split(separator: "\n").map {
      String($0.replacing(#/"tokens_per_second":[^,}]*/#, with: ""))
    }
  }
}
