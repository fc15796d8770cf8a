import Tensors

/// Trains a cell on a memory task until it is solved, or until the budget of sequences is spent.
public struct MemoryTrainer: Sendable {
  public let task: any MemoryTask
  public let cell: CellKind
  public let recipe: MemoryRecipe
  public let seed: UInt64

  /// - Parameters:
  ///   - recipe: nil for that of the task.
  ///   - seed: of the parameters and of the examples.
  public init(_ task: any MemoryTask, cell: CellKind, recipe: MemoryRecipe? = nil, seed: UInt64 = 1) {
    self.task = task
    self.cell = cell
    self.recipe = recipe ?? task.recipe
    self.seed = seed
  }

  /// Streams of random numbers, some of which tasks follow with the next one.
  private static let (training, testing) = (UInt32(100), UInt32(200))
  private static let clipping = Clipping.norm(1)

  /// - Parameters:
  ///   - tell: gets the sequences seen so far and the score, after each test.
  ///   - clock: seconds, from any start, that never go back.
  public func train(
    _ tell: (Int, MemoryScore) -> Void = { _, _ in }, clock: () -> Double = TrainingClock.seconds
  ) -> MemoryResult { train(task, tell, clock).result }

  /// The same, with the model as it is at the end.
  public func trained(
    _ tell: (Int, MemoryScore) -> Void = { _, _ in }, clock: () -> Double = TrainingClock.seconds
  ) -> (model: MemoryModel, result: MemoryResult) { train(task, tell, clock) }

  private func train(
    _ task: some MemoryTask, _ tell: (Int, MemoryScore) -> Void, _ clock: () -> Double
  ) -> (model: MemoryModel, result: MemoryResult) {
    let start = clock()
    var model = MemoryModel(
      task, cell: cell.cell, hidden: recipe.hidden, span: recipe.span, forgetBias: recipe.forgetBias, seed: seed)
    var optimizer = Optimizer(.adam(), for: model)
    let test = RandomKey(seed: seed, stream: Self.testing)
    var (seen, updates) = (0, 0)
    var solvedAfter: Int?
    var best = task.judge(key: test) { model($0) }
    while seen < recipe.sequences && !best.finished {
      let before = seen / recipe.testEvery
      updates += 1
      let examples = task.examples(
        recipe.batch, key: RandomKey(seed: seed, stream: Self.training, step: UInt32(truncatingIfNeeded: updates)))
      let gradients = valueAndGradient(of: model) { examples.answers.loss($0(examples)) }.gradients
      optimizer.update(&model, gradients, rate: recipe.rate, clipping: Self.clipping)
      seen += recipe.batch
      guard seen / recipe.testEvery > before || seen >= recipe.sequences else { continue }
      let score = task.judge(key: test) { model($0) }
      if score.solved, solvedAfter == nil { solvedAfter = seen }
      if solvedAfter == nil || score.solved && (!best.solved || score.reach ?? 0 > best.reach ?? 0) { best = score }
      tell(seen, score)
    }
    let result = MemoryResult(
      task: task.name, cell: cell.rawValue, hidden: recipe.hidden, parameters: model.parameterCount,
      solvedAfter: solvedAfter, sequences: seen, value: best.value, reach: best.reach, seconds: clock() - start)
    return (model, result)
  }
}

/// How a cell did on a memory task.
public struct MemoryResult: Sendable, Hashable, Codable {
  public var task: String
  public var cell: String
  public var hidden: Int
  public var parameters: Int
  /// Sequences after which the first test was passed; nil if none was.
  public var solvedAfter: Int?
  /// Sequences seen in all.
  public var sequences: Int
  /// What the task measures: of the last test, or of the solution that reaches furthest.
  public var value: Double
  /// How far that solution reaches, where the task tests beyond what it trains on.
  public var reach: Int?
  public var seconds: Double
}
