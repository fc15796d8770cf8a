/// Where a run stands: with the parameters, the optimiser's state and the hidden state, all that it takes to go on with
/// the same bits as if it had never stopped.
public struct TrainingProgress: Sendable, Hashable, Codable {
  /// Updates made.
  public var step = 0
  /// Epochs finished.
  public var epoch = 0
  /// Windows of the current epoch done.
  public var window = 0
  /// Of training and validation, over all sittings.
  public var seconds = 0.0
  public var bestValidationLoss: Double?
  public var bestStep: Int?
  /// Epochs since the validation loss was last lowered, for early stopping.
  public var epochsSinceBest = 0
  /// The same, counted anew after each reduction of the rate, for the plateau schedule.
  public var epochsSinceReduction = 0
  public var reductions = 0
  /// The budget is spent, or patience has run out.
  public var finished = false

  public init() {}

  /// Takes note of an epoch's validation loss, and says whether it is the lowest so far.
  mutating func record(validationLoss loss: Double, schedule: Schedule, endsEpoch: Bool) -> Bool {
    let improved = loss < bestValidationLoss ?? .infinity
    if improved {
      bestValidationLoss = loss
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
