import Tensors

/// What `training/options.json` holds: with the tokens, all that a run depends on.
struct LanguageModelRun: Codable {
  var format = ModelJSON.format
  var options: TrainingOptions
  /// Tokens to train on; those after them validate, unless they have a file of their own.
  var trainingTokens: Int
  var separateValidation: Bool
}

/// What training tells as it goes.
public enum TrainingEvent: Sendable {
  /// After every update.
  case step(MetricsRecord, fraction: Double)
  /// After a look at the validation text; `best` if its loss is the lowest so far.
  case validation(MetricsRecord, best: Bool)
}

/// Trains a language model in a folder, by truncated backpropagation through time over contiguous streams.
public struct LanguageModelTrainer {
  public let folder: ModelFolder
  public let tokenizer: Tokenizer
  public private(set) var checkpoint: Checkpoint<LanguageModel>
  private var run: LanguageModelRun
  private let tokens: TokenFile
  private let validation: (file: TokenFile, range: Range<Int>)?
  private let streams: TokenStreams
  private let log: MetricsLog
  /// Of the last gradient, before clipping.
  private var lastNorm = 0.0

  public var options: TrainingOptions { run.options }
  public var trainingTokens: Int { run.trainingTokens }
  public var validationTokens: Int { validation?.range.count ?? 0 }

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    self.folder = folder
    let configuration = try folder.languageModelConfiguration()
    tokenizer = try Tokenizer(reading: folder.vocabulary)
    run = try ModelJSON.read(LanguageModelRun.self, from: folder.options)
    tokens = try TokenFile(reading: folder.tokens)
    let options = run.options
    guard tokenizer.count == configuration.vocabulary, tokens.vocabulary == configuration.vocabulary,
      (0...tokens.count).contains(run.trainingTokens), options.batch > 0, options.window > 0
    else { throw TrainingError.checkpointMismatch(path: folder.options, detail: "sizes differ") }
    if run.separateValidation {
      let file = try TokenFile(reading: folder.validationTokens)
      validation = file.count < 2 ? nil : (file, 0..<file.count)
    } else {
      validation = run.trainingTokens + 1 < tokens.count ? (tokens, run.trainingTokens..<tokens.count) : nil
    }
    streams = try TokenStreams(range: 0..<run.trainingTokens, batch: options.batch, window: options.window)
    if folder.hasCheckpoint {
      try folder.check(SafetensorsFile(reading: folder.checkpoint), configuration, prefix: "model.")
    }
    let model = LanguageModel(configuration, seed: options.seed)
    checkpoint = Checkpoint(
      model: model, optimizer: Optimizer(options.optimizer, weightDecay: options.weightDecay, for: model),
      state: model.zeroState(batch: options.batch), progress: TrainingProgress())
    if folder.hasCheckpoint { try checkpoint.read(from: folder.checkpoint) }
    guard checkpoint.progress.window < streams.windows else {
      throw TrainingError.checkpointMismatch(
        path: folder.checkpoint, detail: "it stands at window \(checkpoint.progress.window) of \(streams.windows)")
    }
    log = try MetricsLog(folder.metrics, keepingThrough: checkpoint.progress.step)
    if let budget {
      // It is kept, so that whoever takes up the run again need not say it again.
      run.options.budget = budget
      try ModelJSON.write(run, to: folder.options)
      checkpoint.progress.finished = fraction() >= 1
    }
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - corpus: its tokens have been written to `folder.tokens`, those of a separate validation text to
  ///     `folder.validationTokens`.
  ///   - validationFraction: the part of the tokens at the end that validates, where there is no separate text.
  public static func prepare(
    _ folder: ModelFolder, tokenizer: Tokenizer, configuration: LanguageModelConfiguration, options: TrainingOptions,
    validationFraction: Double, separateValidation: Bool
  ) throws {
    let tokens = try TokenFile(reading: folder.tokens)
    let held = separateValidation ? 0 : Int((Double(tokens.count) * validationFraction).rounded(.up))
    let trained = tokens.count - held
    _ = try TokenStreams(range: 0..<trained, batch: options.batch, window: options.window)
    try tokenizer.write(to: folder.vocabulary)
    try ModelJSON.write(LanguageModelFile(model: configuration), to: folder.configuration)
    try ModelJSON.write(
      LanguageModelRun(options: options, trainingTokens: trained, separateValidation: separateValidation),
      to: folder.options)
  }

  private static let checkpointSeconds = 30.0

  /// Trains until the budget is spent, patience runs out or `shouldStop` says so, and leaves a checkpoint.
  ///
  /// - Parameters:
  ///   - clock: seconds, from any start, that never go back.
  ///   - shouldStop: is asked after every step.
  ///   - checkpointEvery: steps between checkpoints; nil for one about every 30 seconds.
  /// - Throws: `TrainingError.notFinite` if the loss or its gradient is not finite; the last checkpoint stays, whose loss
  ///   was.
  public mutating func train(
    clock: () -> Double, checkpointEvery: Int? = nil, shouldStop: () -> Bool = { false },
    _ tell: (TrainingEvent) -> Void = { _ in }
  ) throws {
    let start = clock() - checkpoint.progress.seconds
    var lastCheckpoint = clock()
    var stopped = false
    try save()
    while !checkpoint.progress.finished && !stopped {
      try step(start: start, clock: clock, tell)
      checkpoint.progress.seconds = clock() - start
      let endsEpoch = checkpoint.progress.window == 0
      let spent = fraction() >= 1
      if endsEpoch || spent { try validate(start: start, clock: clock, endsEpoch: endsEpoch, tell) }
      let patient = run.options.patience.map { checkpoint.progress.epochsSinceBest < $0 } ?? true
      checkpoint.progress.finished = fraction() >= 1 || !patient
      stopped = shouldStop()
      let due =
        checkpointEvery.map { checkpoint.progress.step % $0 == 0 }
        ?? (clock() - lastCheckpoint >= Self.checkpointSeconds)
      if due || endsEpoch || stopped || checkpoint.progress.finished {
        try probe()
        try save()
        lastCheckpoint = clock()
      }
    }
  }

  /// The part of the budget that is spent.
  private func fraction() -> Double {
    let progress = checkpoint.progress
    switch run.options.budget {
    case .steps(let steps): return Double(progress.step) / Double(max(1, steps))
    case .epochs(let epochs):
      let windows = Double(streams.windows)
      return (Double(progress.epoch) * windows + Double(progress.window)) / max(1, Double(epochs) * windows)
    case .minutes(let minutes): return progress.seconds / max(60 * minutes, .leastNormalMagnitude)
    }
  }

  /// Steps of the whole run, as far as that is known.
  private var rate: Float {
    let progress = checkpoint.progress
    var part = fraction()
    if case .cosine(let warmup) = run.options.schedule, progress.step > 0 {
      // The cosine begins when warm-up ends.
      let total = Double(progress.step) / max(part, .leastNormalMagnitude)
      part = (Double(progress.step) - Double(warmup)) / max(1, total - Double(warmup))
    }
    return run.options.schedule.rate(
      run.options.rate, step: progress.step, epoch: progress.epoch, progress: part, reductions: progress.reductions)
  }

  /// One update on one window.
  private mutating func step(start: Double, clock: () -> Double, _ tell: (TrainingEvent) -> Void) throws {
    let before = clock()
    let options = run.options
    let progress = checkpoint.progress
    let rate = rate
    let time = streams.time(progress.window)
    let (inputs, targets) = try streams.read(progress.window, from: tokens)
    let state = stateBefore
    let key = RandomKey(seed: options.seed, step: UInt32(truncatingIfNeeded: progress.step + 1))
    let dropout = checkpoint.model.configuration.dropout > 0 ? key : nil
    let (loss, next, gradients) = valueAndGradient(of: checkpoint.model) { model in
      // Teacher forcing: the inputs are the true tokens, whatever the model would have said.
      let (logits, next) = model(
        inputs, batch: options.batch, time: time, state: state, dropoutKey: dropout, precision: options.precision)
      return (logits.softmaxCrossEntropy(targets), next)
    }
    let norm = gradients.globalNorm
    lastNorm = norm
    guard loss.scalar.isFinite, norm.isFinite else { throw notFinite(Double(loss.scalar)) }
    checkpoint.optimizer.update(
      &checkpoint.model, gradients, rate: rate, clipping: options.clipping, norm: norm)
    checkpoint.state = next.detached
    checkpoint.progress.step += 1
    checkpoint.progress.window += 1
    if checkpoint.progress.window == streams.windows {
      checkpoint.progress.window = 0
      checkpoint.progress.epoch += 1
    }
    let now = clock()
    let record = MetricsRecord(
      step: checkpoint.progress.step, epoch: epochs, seconds: now - start, trainingLoss: Double(loss.scalar),
      rate: rate, gradientNorm: norm, tokensPerSecond: Double(targets.count) / max(now - before, 1e-9))
    try log.append(record)
    tell(.step(record, fraction: fraction()))
  }

  /// The state before the next window; an epoch begins with zeros.
  private var stateBefore: RecurrentState {
    checkpoint.progress.window == 0 ? checkpoint.model.zeroState(batch: run.options.batch) : checkpoint.state
  }

  private func notFinite(_ loss: Double) -> TrainingError {
    .notFinite(
      step: checkpoint.progress.step, loss: loss, gradientNorm: lastNorm, rate: rate,
      lastCheckpoint: folder.checkpoint)
  }

  /// The last update may have spoilt the parameters: unless they give the next window a finite loss, they must not
  /// replace a checkpoint that does.
  private func probe() throws {
    let window = checkpoint.progress.window
    let (inputs, targets) = try streams.read(window, from: tokens)
    let (logits, _) = checkpoint.model(
      inputs, batch: run.options.batch, time: streams.time(window), state: stateBefore,
      precision: run.options.precision)
    let loss = logits.softmaxCrossEntropy(targets).scalar
    if !loss.isFinite { throw notFinite(Double(loss)) }
  }

  private var epochs: Double {
    Double(checkpoint.progress.epoch) + Double(checkpoint.progress.window) / Double(streams.windows)
  }

  /// Streams into which the validation text is cut during training: enough to be quick.
  private static let validationStreams = 32

  private mutating func validate(
    start: Double, clock: () -> Double, endsEpoch: Bool, _ tell: (TrainingEvent) -> Void
  ) throws {
    guard let validation else { return }
    let first = validation.range.lowerBound
    let streams = min(Self.validationStreams, max(1, validation.range.count / 256))
    let result = try checkpoint.model.evaluate(tokenCount: validation.range.count, bytes: 0, streams: streams) {
      try validation.file.ids(first + $0.lowerBound..<first + $0.upperBound)
    }
    guard result.lossNats.isFinite else { throw notFinite(result.lossNats) }
    let best = checkpoint.progress.record(
      validationLoss: result.lossNats, schedule: run.options.schedule, endsEpoch: endsEpoch)
    if best { try ParameterFile.write(checkpoint.model, to: folder.parameters) }
    checkpoint.progress.seconds = clock() - start
    let record = MetricsRecord(
      step: checkpoint.progress.step, epoch: epochs, seconds: checkpoint.progress.seconds,
      validationLoss: result.lossNats)
    try log.append(record)
    tell(.validation(record, best: best))
  }

  private func save() throws {
    // Before the first validation, and without any, the latest parameters are the model.
    if checkpoint.progress.bestStep == nil { try ParameterFile.write(checkpoint.model, to: folder.parameters) }
    try checkpoint.write(to: folder.checkpoint)
  }
}
