import Tensors

/// How a model is trained: with the data and the model's configuration, all that its final weights depend on.
public struct TrainingOptions: Sendable, Hashable, Codable {
  /// Sequences that are trained side by side.
  public var batch: Int
  /// Time steps between two updates: with backpropagation through time, gradients flow back this far.
  public var window: Int
  /// How gradients are made; backpropagation through time where a run's options say nothing of it.
  public var gradient: GradientMethod
  public var budget: TrainingBudget
  public var optimizer: OptimizerMethod
  public var weightDecay: Float
  public var rate: Float
  public var schedule: Schedule
  public var clipping: Clipping
  /// Of the operands of all matrix products of an update; validation is in float32, as the model is kept.
  public var precision: Precision
  /// Ends training after so many epochs without a lower validation loss.
  public var patience: Int?
  /// Seed of the initial weights and of dropout.
  public var seed: UInt64

  public init(
    batch: Int = 32, window: Int = 100, budget: TrainingBudget = .epochs(10), optimizer: OptimizerMethod = .adam(),
    weightDecay: Float = 0, rate: Float = 2e-3, schedule: Schedule = .constant, clipping: Clipping = .norm(1),
    precision: Precision = .float32, patience: Int? = nil, seed: UInt64 = 1, gradient: GradientMethod = .bptt
  ) {
    self.batch = batch
    self.window = window
    self.budget = budget
    self.optimizer = optimizer
    self.weightDecay = weightDecay
    self.rate = rate
    self.schedule = schedule
    self.clipping = clipping
    self.precision = precision
    self.patience = patience
    self.seed = seed
    self.gradient = gradient
  }
}

// What the compiler writes for the decoding of options calls this for their gradient method.
extension KeyedDecodingContainer {
  func decode(_: GradientMethod.Type, forKey key: Key) throws -> GradientMethod {
    try decodeIfPresent(GradientMethod.self, forKey: key) ?? .bptt
  }
}

/// What `training/options.json` holds: with the data, all that a run depends on.
protocol TrainingRun: Codable {
  var options: TrainingOptions { get set }
}

/// A run that depends on nothing else.
struct PlainRun: TrainingRun {
  var format = ModelJSON.format
  var options: TrainingOptions
}
