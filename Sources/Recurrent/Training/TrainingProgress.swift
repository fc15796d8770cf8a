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
  /// The validation loss of that model, which decides between equal scores; nil in checkpoints that do not have it.
  public var bestLoss: Double?
  public var bestStep: Int?
  /// Epochs since the last better model, for early stopping.
  public var epochsSinceBest = 0
  /// The same, counted anew after each reduction of the rate, for the plateau schedule.
  public var epochsSinceReduction = 0
  public var reductions = 0
  /// Of a run that learns from a text as it comes: tokens read, and the last of them, which the next one follows.
  public var tokensRead: Int?
  public var lastToken: Int32?
  /// Validation losses of all looks, where the optimiser decides by them; nil in checkpoints that do not have them.
  public var validationLosses: [Double]?
  /// The budget is spent, or patience has run out.
  public var finished = false

  public init() {}

  /// Takes note of a validation loss, and says whether it is above the lowest of all before the last `patience` looks.
  package mutating func isNoLongerFalling(_ loss: Double, patience: Int) -> Bool {
    let before = validationLosses ?? []
    validationLosses = before + [loss]
    return before.dropLast(patience).min().map { loss > $0 } ?? false
  }

  /// Takes note of a look at the validation data, and says whether the model is the best so far: of models with the same
  /// score, which is common while few items are validated on, the one with the lowest loss.
  mutating func record(_ validation: Validation, schedule: Schedule, endsEpoch: Bool) -> Bool {
    let improved =
      (validation.objective, validation.loss) < (bestObjective ?? .infinity, bestLoss ?? -.infinity)
    if improved {
      bestObjective = validation.objective
      bestLoss = validation.loss
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
