import Tensors

/// What `training/options.json` holds: with the tokens, all that a run depends on.
struct LanguageModelRun: Codable {
  var format = ModelJSON.format
  var options: TrainingOptions
  /// Tokens to train on; those after them validate, unless they have a file of their own.
  var trainingTokens: Int
  var separateValidation: Bool
}

/// A text as a task: windows of contiguous streams, trained on by truncated backpropagation through time.
public struct LanguageModelTraining: TrainingTask {
  private let tokens: TokenFile
  private let validation: (file: TokenFile, range: Range<Int>)?
  private let streams: TokenStreams

  fileprivate init(_ folder: ModelFolder, _ run: LanguageModelRun, vocabulary: Int) throws {
    tokens = try TokenFile(reading: folder.tokens)
    let options = run.options
    guard tokens.vocabulary == vocabulary, (0...tokens.count).contains(run.trainingTokens), options.batch > 0,
      options.window > 0
    else { throw TrainingError.checkpointMismatch(path: folder.options, detail: "sizes differ") }
    if run.separateValidation {
      let file = try TokenFile(reading: folder.validationTokens)
      validation = file.count < 2 ? nil : (file, 0..<file.count)
    } else {
      validation = run.trainingTokens + 1 < tokens.count ? (tokens, run.trainingTokens..<tokens.count) : nil
    }
    streams = try TokenStreams(range: 0..<run.trainingTokens, batch: options.batch, window: options.window)
  }

  public struct Batch: Sendable {
    /// Row-major `[batch, time]`.
    let inputs: [Int32]
    let targets: [Int32]
    let time: Int
  }

  var validationTokens: Int { validation?.range.count ?? 0 }
  public var stepsPerEpoch: Int { streams.windows }
  public func initialState(_ model: LanguageModel) -> RecurrentState { model.zeroState(batch: streams.batch) }
  public func count(_ batch: Batch) -> Int { batch.targets.count }

  public func batch(epoch: Int, step: Int) throws -> Batch {
    let (inputs, targets) = try streams.read(step, from: tokens)
    return Batch(inputs: inputs, targets: targets, time: streams.time(step))
  }

  public func loss(
    _ model: LanguageModel, _ batch: Batch, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    // Teacher forcing: the inputs are the true tokens, whatever the model would have said.
    model.loss(
      batch.inputs, targets: batch.targets, batch: streams.batch, time: batch.time, state: state,
      dropoutKey: model.configuration.isRandomInTraining ? key : nil)
  }

  /// Streams into which the validation text is cut: enough to be quick.
  private static let validationStreams = 32

  public func validate(_ model: LanguageModel) throws -> Validation? {
    guard let validation else { return nil }
    let first = validation.range.lowerBound
    let streams = min(Self.validationStreams, max(1, validation.range.count / 256))
    let result = try model.evaluate(tokenCount: validation.range.count, bytes: 0, streams: streams) {
      try validation.file.ids(first + $0.lowerBound..<first + $0.upperBound)
    }
    return Validation(loss: result.lossNats)
  }
}

/// Trains a language model in a folder.
public struct LanguageModelTrainer {
  public let tokenizer: Tokenizer
  public private(set) var trainer: Trainer<LanguageModelTraining>
  /// Tokens that are trained on.
  public let trainingTokens: Int

  public var folder: ModelFolder { trainer.folder }
  public var options: TrainingOptions { trainer.options }
  public var checkpoint: Checkpoint<LanguageModel> { trainer.checkpoint }
  public var validationTokens: Int { trainer.task.validationTokens }

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let configuration = try folder.languageModelConfiguration()
    tokenizer = try Tokenizer(reading: folder.vocabulary)
    var run = try ModelJSON.read(LanguageModelRun.self, from: folder.options)
    guard tokenizer.count == configuration.vocabulary else {
      throw TrainingError.checkpointMismatch(path: folder.options, detail: "sizes differ")
    }
    if let budget { run.options.budget = budget }
    trainingTokens = run.trainingTokens
    let task = try LanguageModelTraining(folder, run, vocabulary: configuration.vocabulary)
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), LanguageModel.parameterShapes(configuration), prefix: "model.")
    }
    let model =
      folder.hasCheckpoint
      ? LanguageModel(parametersToCome: configuration) : LanguageModel(configuration, seed: run.options.seed)
    trainer = try Trainer(folder, task: task, model: model, options: run.options)
    if budget != nil {
      // It is kept, so that whoever takes up the run again need not say it again.
      try ModelJSON.write(run, to: folder.options)
      trainer.extend()
    }
  }

  /// See `Trainer.train`.
  public mutating func train(
    _ tell: (TrainingEvent) -> Void = { _ in }, clock: () -> Double = TrainingClock.seconds,
    checkpointEvery: Int? = nil, shouldStop: () -> Bool = { false }
  ) throws {
    try trainer.train(tell, clock: clock, checkpointEvery: checkpointEvery, shouldStop: shouldStop)
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - corpus: its tokens have been written to `folder.tokens`, those of a separate validation text to
  ///     `folder.validationTokens`.
  ///   - validationFraction: the part of the tokens at the end that validates, where there is no separate text.
  /// - Throws: `TrainingError` if no model can be as the configuration asks.
  public static func prepare(
    _ folder: ModelFolder, tokenizer: Tokenizer, configuration: LanguageModelConfiguration, options: TrainingOptions,
    validationFraction: Double, separateValidation: Bool
  ) throws {
    if configuration.softmax != .full, !tokenizer.kind.isOrderedByFrequency {
      throw TrainingError.tokensWithoutOrder(tokenizer.kind)
    }
    if let flaw = configuration.flaw { throw TrainingError.configuration(flaw) }
    let tokens = try TokenFile(reading: folder.tokens)
    let held = separateValidation ? 0 : Int((Double(tokens.count) * validationFraction).rounded(.up))
    let trained = tokens.count - held
    _ = try TokenStreams(range: 0..<trained, batch: options.batch, window: options.window)
    try tokenizer.write(to: folder.vocabulary)
    try folder.write(.languageModel, configuration)
    try ModelJSON.write(
      LanguageModelRun(options: options, trainingTokens: trained, separateValidation: separateValidation),
      to: folder.options)
  }
}
