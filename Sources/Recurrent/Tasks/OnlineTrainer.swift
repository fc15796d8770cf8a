import Tensors

/// What `training/online.json` holds.
struct OnlineRun: Codable {
  var format = ModelJSON.format
  var options: TrainingOptions
}

/// What was learnt between two updates.
public struct OnlineUpdate: Sendable, Hashable {
  /// Tokens read since the run began.
  public var tokensRead: Int
  /// The cross-entropies in nats of the tokens since the last update, each foretold before it was learnt from.
  public var nats: Double
  public var tokens: Int
}

/// Trains a language model on a text as it comes, token by token, in constant memory: one stream, each token foretold once
/// and then learnt from. Updates come after every `TrainingOptions.window` tokens, with the sum of their gradients; the hidden
/// state, and a forward method's influence, are never reset.
public struct OnlineTrainer {
  public let folder: ModelFolder
  public let tokenizer: Tokenizer
  public let options: TrainingOptions
  public private(set) var checkpoint: Checkpoint<LanguageModel>
  private var log: MetricsLog
  /// Tokens since the last update, after the one before them; with a forward method, they have been learnt from.
  private var pending: [Int32] = []
  private var gradients: Gradients?
  private var nats = 0.0
  /// Since the last line of the log.
  private var logged = (nats: 0.0, tokens: 0)

  /// Makes a folder for a run.
  ///
  /// - Throws: `TrainingError` if no model can be as the configuration and the options ask.
  public static func prepare(
    _ folder: ModelFolder, tokenizer: Tokenizer, configuration: LanguageModelConfiguration, options: TrainingOptions
  ) throws {
    if configuration.softmax != .full, !tokenizer.kind.isOrderedByFrequency {
      throw TrainingError.tokensWithoutOrder(tokenizer.kind)
    }
    if let flaw = configuration.flaw ?? configuration.flaw(options) { throw TrainingError.configuration(flaw) }
    try tokenizer.write(to: folder.vocabulary)
    try folder.write(.languageModel, configuration)
    try ModelJSON.write(OnlineRun(options: options), to: folder.onlineOptions)
  }

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  public init(_ folder: ModelFolder) throws {
    let configuration = try folder.languageModelConfiguration()
    let options = try ModelJSON.read(OnlineRun.self, from: folder.onlineOptions).options
    tokenizer = try Tokenizer(reading: folder.vocabulary)
    guard tokenizer.count == configuration.vocabulary, options.batch == 1, options.window > 0 else {
      throw TrainingError.checkpointMismatch(path: folder.onlineOptions, detail: "sizes differ")
    }
    if let flaw = configuration.flaw(options) { throw TrainingError.configuration(flaw) }
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), LanguageModel.parameterShapes(configuration), prefix: "model.")
    }
    let model =
      folder.hasCheckpoint
      ? LanguageModel(parametersToCome: configuration) : LanguageModel(configuration, seed: options.seed)
    checkpoint = Checkpoint(
      model: model, optimizer: Optimizer(options.optimizer, weightDecay: options.weightDecay, for: model),
      state: model.zeroState(batch: 1, gradient: options.gradient), progress: TrainingProgress())
    if folder.hasCheckpoint { try checkpoint.read(from: folder.checkpoint) }
    if let last = checkpoint.progress.lastToken {
      guard (0..<Int32(configuration.vocabulary)).contains(last) else {
        throw TrainingError.checkpointMismatch(path: folder.checkpoint, detail: "its last token is \(last)")
      }
      pending = [last]
    }
    log = try MetricsLog(folder.metrics, keepingThrough: checkpoint.progress.step)
    (self.folder, self.options) = (folder, options)
  }

  /// Tokens read since the run began.
  public var tokensRead: Int { checkpoint.progress.tokensRead ?? 0 }

  /// Foretells a token and learns from it.
  ///
  /// - Parameter clock: seconds since the run began.
  /// - Returns: what was learnt, where the token makes an update.
  /// - Throws: `TrainingError.notFinite`; the last checkpoint stays.
  /// - Precondition: the token is below the vocabulary.
  public mutating func add(_ token: Int32, clock: () -> Double = TrainingClock.seconds) throws -> OnlineUpdate? {
    checkpoint.progress.tokensRead = tokensRead + 1
    checkpoint.progress.lastToken = token
    pending.append(token)
    guard pending.count > 1 else { return nil }
    if options.gradient != .bptt { step() }
    return pending.count > options.window ? try update(clock: clock) : nil
  }

  /// Learns from the last token by a forward method.
  private mutating func step() {
    let (loss, state, part) = checkpoint.model.forwardGradients(
      [pending[pending.count - 2]], targets: [pending[pending.count - 1]], batch: 1, time: 1, state: checkpoint.state,
      gradient: options.gradient, key: RandomKey(seed: options.seed, step: UInt32(truncatingIfNeeded: tokensRead)),
      seed: options.seed)
    nats += Double(loss.scalar)
    checkpoint.state = state
    if gradients == nil { gradients = part } else { gradients?.accumulate(part) }
  }

  /// Learns from the tokens since the last update by backpropagation through time.
  private mutating func window() {
    let (tokens, state) = (pending, checkpoint.state)
    let key = RandomKey(seed: options.seed, step: UInt32(truncatingIfNeeded: checkpoint.progress.step + 1))
    let (loss, next, sum) = Precision.$current.withValue(options.precision) {
      valueAndGradient(of: checkpoint.model) { model in
        let (loss, next) = model.loss(
          Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 1, time: tokens.count - 1, state: state,
          dropoutKey: model.configuration.isRandomInTraining ? key : nil)
        // The sum, as the forward methods have it.
        return (Float(tokens.count - 1) * loss, next)
      }
    }
    nats = Double(loss.scalar)
    checkpoint.state = next.detached
    gradients = sum
  }

  private mutating func update(clock: () -> Double) throws -> OnlineUpdate? {
    let count = pending.count - 1
    guard count > 0 else { return nil }
    if options.gradient == .bptt { window() }
    guard var mean = gradients else { return nil }
    mean.scale(by: 1 / Float(count))
    let norm = mean.globalNorm
    guard nats.isFinite, norm.isFinite else {
      throw TrainingError.notFinite(
        step: checkpoint.progress.step, loss: nats / Double(count), gradientNorm: norm, rate: options.rate,
        lastCheckpoint: folder.checkpoint)
    }
    checkpoint.optimizer.update(&checkpoint.model, mean, rate: options.rate, clipping: options.clipping, norm: norm)
    checkpoint.progress.step += 1
    checkpoint.progress.seconds = clock()
    let update = OnlineUpdate(tokensRead: tokensRead, nats: nats, tokens: count)
    try note(update, norm)
    pending = [pending[pending.count - 1]]
    (gradients, nats) = (nil, 0)
    return update
  }

  /// Tokens between two lines of the log, so that it does not outgrow the text.
  private static let logEvery = 1000

  private mutating func note(_ update: OnlineUpdate, _ norm: Double) throws {
    logged.nats += update.nats
    logged.tokens += update.tokens
    guard logged.tokens >= Self.logEvery else { return }
    try log.append(
      MetricsRecord(
        step: checkpoint.progress.step, epoch: 0, seconds: checkpoint.progress.seconds,
        trainingLoss: logged.nats / Double(logged.tokens), rate: options.rate, gradientNorm: norm))
    logged = (0, 0)
  }

  /// Makes an update of what is left, and writes checkpoint and model: at the text's end, or where one stops.
  ///
  /// - Returns: what was learnt, if anything was left.
  public mutating func finish(clock: () -> Double = TrainingClock.seconds) throws -> OnlineUpdate? {
    let update = try update(clock: clock)
    try save()
    return update
  }

  /// Writes checkpoint and model. They are those of the last update, so it is called after one.
  public func save() throws {
    try ParameterFile.write(checkpoint.model, to: folder.parameters)
    try checkpoint.write(to: folder.checkpoint)
  }
}
