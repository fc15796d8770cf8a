import Tensors

/// What `training/options.json` holds: with the tokens, all that a run depends on.
struct LanguageModelRun: TrainingRun {
  var format = ModelJSON.format
  var options: TrainingOptions
  /// Tokens to train on; those after them validate, unless they have a file of their own.
  var trainingTokens: Int
  var separateValidation: Bool
}

/// A text as a task: windows of contiguous streams, trained on by truncated backpropagation through time or a method that
/// goes forward.
public struct LanguageModelTraining: TrainingTask {
  private let tokens: TokenFile
  private let validation: (file: TokenFile, range: Range<Int>)?
  private let streams: TokenStreams
  public let trainingTokens: Int
  private let gradient: GradientMethod
  private let seed: UInt64

  fileprivate init(_ folder: ModelFolder, _ run: LanguageModelRun, vocabulary: Int) throws {
    tokens = try TokenFile(reading: folder.tokens)
    let options = run.options
    trainingTokens = run.trainingTokens
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
    (gradient, seed) = (options.gradient, options.seed)
  }

  public struct Batch: Sendable {
    /// Row-major `[batch, time]`.
    let inputs: [Int32]
    let targets: [Int32]
    let time: Int
  }

  public var validationTokens: Int { validation?.range.count ?? 0 }
  public var stepsPerEpoch: Int { streams.windows }
  public func initialState(_ model: LanguageModel) -> RecurrentState {
    model.zeroState(batch: streams.batch, gradient: gradient)
  }
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

  public func gradients(
    _ model: LanguageModel, _ batch: Batch, state: RecurrentState, epoch: Int, key: RandomKey
  ) -> (loss: Tensor, state: RecurrentState, gradients: Gradients) {
    if gradient == .bptt {
      let result = valueAndGradient(of: model) { loss($0, batch, state: state, key: key) }
      return (result.value, result.extra, result.gradients)
    }
    return model.forwardGradients(
      batch.inputs, targets: batch.targets, batch: streams.batch, time: batch.time, state: state, gradient: gradient,
      key: key, seed: seed)
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
public typealias LanguageModelTrainer = Trainer<LanguageModelTraining>

extension Trainer where Task == LanguageModelTraining {
  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let configuration = try folder.languageModelConfiguration()
    let tokenizer = try Tokenizer(reading: folder.vocabulary)
    let run = try ModelJSON.read(LanguageModelRun.self, from: folder.options)
    guard tokenizer.count == configuration.vocabulary else {
      throw TrainingError.checkpointMismatch(path: folder.options, detail: "sizes differ")
    }
    if let flaw = configuration.flaw(run.options) { throw TrainingError.configuration(flaw) }
    let task = try LanguageModelTraining(folder, run, vocabulary: configuration.vocabulary)
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), LanguageModel.parameterShapes(configuration), prefix: "model.")
    }
    let model =
      folder.hasCheckpoint
      ? LanguageModel(parametersToCome: configuration) : LanguageModel(configuration, seed: run.options.seed)
    try self.init(folder, task: task, model: model, run: run, budget: budget)
  }

  /// The tokens that a folder's model was trained on, where it still has them.
  public static func trainingText(_ folder: ModelFolder, vocabulary: Int) throws -> (
    file: TokenFile, range: Range<Int>
  )? {
    guard folder.hasRun, try !folder.isConditional else { return nil }
    let run = try ModelJSON.read(LanguageModelRun.self, from: folder.options)
    let file = try TokenFile(reading: folder.tokens)
    guard file.vocabulary == vocabulary, (0...file.count).contains(run.trainingTokens) else {
      throw TrainingError.checkpointMismatch(path: folder.options, detail: "sizes differ")
    }
    return (file, 0..<run.trainingTokens)
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
    if let flaw = configuration.flaw ?? configuration.flaw(options) { throw TrainingError.configuration(flaw) }
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
