/// Where a run stands: with the parameters, the optimiser's state and the hidden state, all that it takes to go on with
/// the same bits as if it had never stopped.
public struct TrainingProgress: Sendable, Hashable, Codable {
  /// Updates made.
  public var step = 0
  /// Epochs finished.
  public var epoch = 0
  /// Windows, or batches, of the current epoch done.
  public var window = 0
  /// Of training and validation, over all sittings.
  public var seconds = 0.0
  /// The lowest so far of what validation looks at: the loss, or a score with its sign turned.
  public var bestObjective: Double?
  public var bestStep: Int?
  /// Epochs since that was last lowered, for early stopping.
  public var epochsSinceBest = 0
  /// The same, counted anew after each reduction of the rate, for the plateau schedule.
  public var epochsSinceReduction = 0
  public var reductions = 0
  /// The budget is spent, or patience has run out.
  public var finished = false

  public init() {}

  /// Takes note of a look at the validation data, and says whether the model is the best so far.
  mutating func record(objective: Double, schedule: Schedule, endsEpoch: Bool) -> Bool {
    let improved = objective < bestObjective ?? .infinity
    if improved {
      bestObjective = objective
      bestStep = step
      epochsSinceBest = 0
      epochsSinceReduction = 0
    } else if endsEpoch {
      epochsSinceBest += 1
      epochsSinceReduction += 1
    }
    if case .plateau(let patience, _) = schedule, epochsSinceReduction >= max(1, patience) {
      reductions += 1
      epochsSinceReduction = 0
    }
    return improved
  }
}
