import Tensors

/// What a trainer asks of a task: its data in steps, its loss, and how good a model is.
public protocol TrainingTask: Sendable {
  associatedtype Model: Module
  /// What one update is computed from.
  associatedtype Batch: Sendable

  /// Updates of one epoch.
  var stepsPerEpoch: Int { get }
  /// The hidden state before the first step of an epoch; without layers where no state is carried from step to step.
  func initialState(_ model: Model) -> RecurrentState
  /// The data of a step. The same numbers always give the same data.
  func batch(epoch: Int, step: Int) throws -> Batch
  /// Items of a batch, such as tokens, for the speed that is shown.
  func count(_ batch: Batch) -> Int
  /// The loss, a mean over items, and the state to go on with.
  ///
  /// - Parameter key: random numbers of this step, for dropout; nil for none.
  func loss(
    _ model: Model, _ batch: Batch, state: RecurrentState, key: RandomKey?
  ) throws -> (loss: Tensor, state: RecurrentState)
  /// The same with the gradient of the loss, in whatever way a task makes it; zero where `rateFactor` is.
  func gradients(
    _ model: Model, _ batch: Batch, state: RecurrentState, epoch: Int, key: RandomKey
  ) throws -> (loss: Tensor, state: RecurrentState, gradients: Gradients)
  /// How good a model is on data that it is not trained on; nil without such data.
  func validate(_ model: Model) throws -> Validation?
  /// What the learning rate of a parameter is multiplied with; 0 leaves it, and its moments, as they are.
  func rateFactor(_ parameter: String, epoch: Int) -> Float
}

extension TrainingTask {
  public func initialState(_ model: Model) -> RecurrentState { RecurrentState(layers: []) }
  public func rateFactor(_ parameter: String, epoch: Int) -> Float { 1 }

  /// By backpropagation, past what does not learn.
  public func gradients(
    _ model: Model, _ batch: Batch, state: RecurrentState, epoch: Int, key: RandomKey
  ) throws -> (loss: Tensor, state: RecurrentState, gradients: Gradients) {
    let result = try valueAndGradient(of: model) {
      rateFactor($0, epoch: epoch) > 0
    } _: {
      try loss($0, batch, state: state, key: key)
    }
    return (result.value, result.extra, result.gradients)
  }
}

/// The result of a look at the validation data.
public struct Validation: Sendable, Hashable {
  /// In nats, or in the unit of the loss.
  public var loss: Double
  /// A score such as accuracy or F1, of which more is better; where there is one, it decides which model is the best, and
  /// the loss only between equal scores.
  public var score: Double?

  public init(loss: Double, score: Double? = nil) {
    self.loss = loss
    self.score = score
  }

  /// What is lowest for the best model.
  var objective: Double { score.map { -$0 } ?? loss }
}

/// What training tells as it goes.
public enum TrainingEvent: Sendable {
  /// After every update.
  case step(MetricsRecord, fraction: Double)
  /// After a look at the validation data; `best` if the model is the best so far.
  case validation(MetricsRecord, best: Bool)
}

/// Trains the model of a task in a folder: updates, schedule, validation, early stopping, checkpoints and metrics.
public struct Trainer<Task: TrainingTask> {
  public let folder: ModelFolder
  public let task: Task
  public let options: TrainingOptions
  public private(set) var checkpoint: Checkpoint<Task.Model>
  private let log: MetricsLog
  /// Of the last gradient, before clipping.
  private var lastNorm = 0.0

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter model: at its start.
  public init(_ folder: ModelFolder, task: Task, model: Task.Model, options: TrainingOptions) throws {
    self.folder = folder
    self.task = task
    self.options = options
    checkpoint = Checkpoint(
      model: model, optimizer: Optimizer(options.optimizer, weightDecay: options.weightDecay, for: model),
      state: task.initialState(model), progress: TrainingProgress())
    if folder.hasCheckpoint { try checkpoint.read(from: folder.checkpoint) }
    guard checkpoint.progress.window < task.stepsPerEpoch else {
      throw TrainingError.checkpointMismatch(
        path: folder.checkpoint,
        detail: "it stands at step \(checkpoint.progress.window) of an epoch of \(task.stepsPerEpoch)")
    }
    log = try MetricsLog(folder.metrics, keepingThrough: checkpoint.progress.step)
  }

  /// Takes up the run that a task has written down, or gives it a new end, which may let a finished run go on.
  init<Run: TrainingRun>(
    _ folder: ModelFolder, task: Task, model: Task.Model, run: Run, budget: TrainingBudget?
  ) throws {
    var run = run
    if let budget { run.options.budget = budget }
    try self.init(folder, task: task, model: model, options: run.options)
    if budget != nil {
      // It is kept, so that whoever takes up the run again need not say it again.
      try ModelJSON.write(run, to: folder.options)
      checkpoint.progress.finished = fraction() >= 1
    }
  }

  private static var checkpointSeconds: Double { 30 }

  /// Trains until the budget is spent, patience runs out or `shouldStop` says so, and leaves a checkpoint.
  ///
  /// - Parameters:
  ///   - tell: is called after every step and every look at the validation data.
  ///   - clock: seconds, from any start, that never go back.
  ///   - shouldStop: is asked after every step.
  ///   - checkpointEvery: steps between checkpoints; nil for one about every 30 seconds.
  /// - Throws: `TrainingError.notFinite` if the loss or its gradient is not finite; the last checkpoint stays, whose loss
  ///   was.
  public mutating func train(
    _ tell: (TrainingEvent) -> Void = { _ in }, clock: () -> Double = TrainingClock.seconds,
    checkpointEvery: Int? = nil, shouldStop: () -> Bool = { false }
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
      let patient = options.patience.map { checkpoint.progress.epochsSinceBest < $0 } ?? true
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
    switch options.budget {
    case .steps(let steps): return Double(progress.step) / Double(max(1, steps))
    case .epochs(let epochs):
      let steps = Double(task.stepsPerEpoch)
      return (Double(progress.epoch) * steps + Double(progress.window)) / max(1, Double(epochs) * steps)
    case .minutes(let minutes): return progress.seconds / max(60 * minutes, .leastNormalMagnitude)
    }
  }

  /// Epochs, the current one in part.
  private var epochs: Double {
    Double(checkpoint.progress.epoch) + Double(checkpoint.progress.window) / Double(task.stepsPerEpoch)
  }

  private var rate: Float {
    let progress = checkpoint.progress
    var part = fraction()
    if case .cosine(let warmup) = options.schedule, progress.step > 0 {
      // The cosine begins when warm-up ends.
      let total = Double(progress.step) / max(part, .leastNormalMagnitude)
      part = (Double(progress.step) - Double(warmup)) / max(1, total - Double(warmup))
    }
    return options.schedule.rate(
      options.rate, step: progress.step, epoch: progress.epoch, progress: part, reductions: progress.reductions)
  }

  /// One update.
  private mutating func step(start: Double, clock: () -> Double, _ tell: (TrainingEvent) -> Void) throws {
    let before = clock()
    let task = task
    let progress = checkpoint.progress
    let rate = rate
    let batch = try task.batch(epoch: progress.epoch, step: progress.window)
    let state = stateBefore
    let key = RandomKey(seed: options.seed, step: UInt32(truncatingIfNeeded: progress.step + 1))
    let (loss, next, gradients) = try Precision.$current.withValue(options.precision) {
      try task.gradients(checkpoint.model, batch, state: state, epoch: progress.epoch, key: key)
    }
    let norm = gradients.globalNorm
    lastNorm = norm
    guard loss.scalar.isFinite, norm.isFinite else { throw notFinite(Double(loss.scalar)) }
    checkpoint.optimizer.update(&checkpoint.model, gradients, rate: rate, clipping: options.clipping, norm: norm) {
      task.rateFactor($0, epoch: progress.epoch)
    }
    checkpoint.state = next.detached
    checkpoint.progress.step += 1
    checkpoint.progress.window += 1
    if checkpoint.progress.window == task.stepsPerEpoch {
      checkpoint.progress.window = 0
      checkpoint.progress.epoch += 1
    }
    let now = clock()
    let record = MetricsRecord(
      step: checkpoint.progress.step, epoch: epochs, seconds: now - start, trainingLoss: Double(loss.scalar),
      rate: rate, gradientNorm: norm, tokensPerSecond: Double(task.count(batch)) / max(now - before, 1e-9))
    try log.append(record)
    tell(.step(record, fraction: fraction()))
  }

  /// The state before the next step; an epoch begins anew.
  private var stateBefore: RecurrentState {
    checkpoint.progress.window == 0 ? task.initialState(checkpoint.model) : checkpoint.state
  }

  private mutating func validate(
    start: Double, clock: () -> Double, endsEpoch: Bool, _ tell: (TrainingEvent) -> Void
  ) throws {
    let model = checkpoint.optimizer.averaged(checkpoint.model)
    guard let result = try task.validate(model) else { return }
    guard result.loss.isFinite else { throw notFinite(result.loss) }
    let best = checkpoint.progress.record(result, schedule: options.schedule, endsEpoch: endsEpoch)
    if best { try ParameterFile.write(model, to: folder.parameters) }
    if case .averagedSGD(let patience) = options.optimizer,
      checkpoint.progress.isNoLongerFalling(result.loss, patience: patience)
    {
      checkpoint.optimizer.startAveraging()
    }
    checkpoint.progress.seconds = clock() - start
    let record = MetricsRecord(
      step: checkpoint.progress.step, epoch: epochs, seconds: checkpoint.progress.seconds,
      validationLoss: result.loss, validationScore: result.score)
    try log.append(record)
    tell(.validation(record, best: best))
  }

  private func notFinite(_ loss: Double) -> TrainingError {
    .notFinite(
      step: checkpoint.progress.step, loss: loss, gradientNorm: lastNorm, rate: rate,
      lastCheckpoint: folder.checkpoint)
  }

  /// The last update may have spoilt the parameters: unless they give the next step a finite loss, they must not replace
  /// a checkpoint that does.
  private func probe() throws {
    let progress = checkpoint.progress
    let batch = try task.batch(epoch: progress.epoch, step: progress.window)
    let loss = try Precision.$current.withValue(options.precision) {
      try task.loss(checkpoint.model, batch, state: stateBefore, key: nil).loss.scalar
    }
    if !loss.isFinite { throw notFinite(Double(loss)) }
  }

  private func save() throws {
    // Before the first validation, and without any, the latest parameters are the model.
    if checkpoint.progress.bestStep == nil { try ParameterFile.write(checkpoint.model, to: folder.parameters) }
    try checkpoint.write(to: folder.checkpoint)
  }
}
