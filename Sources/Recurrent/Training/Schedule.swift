import Tensors

/// How the learning rate changes in the course of training. Warm-up is counted in steps, everything else in epochs.
public enum Schedule: Sendable, Hashable, Codable {
  case constant
  /// The full rate for `after` epochs; then multiplied by `factor` at once and again every `every` epochs.
  case step(after: Int, every: Int, factor: Float)
  /// Multiplied by `factor` after each epoch.
  case exponential(factor: Float)
  /// Rises in a straight line over `warmup` steps, then falls to zero along half a cosine (Loshchilov and Hutter 2016).
  case cosine(warmup: Int)
  /// Multiplied by `factor` each time that `patience` epochs in a row have not lowered the validation loss.
  case plateau(patience: Int, factor: Float)

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - step: steps made before this one.
  ///   - epoch: epochs finished before this step.
  ///   - progress: the part of the whole run that is done, from 0 to 1; for the cosine, of the run after warm-up.
  ///   - reductions: how often the plateau has been reached.
  public func rate(_ base: Float, step: Int, epoch: Int, progress: Double, reductions: Int) -> Float {
    func powered(_ factor: Float, _ times: Int) -> Float {
      Float(Double(base) * Double.power(Double(factor), Double(times)))
    }
    switch self {
    case .constant: return base
    case .step(let after, let every, let factor):
      return epoch < after ? base : powered(factor, 1 + (epoch - after) / max(1, every))
    case .exponential(let factor): return powered(factor, epoch)
    case .cosine(let warmup):
      if step < warmup { return base * Float(step + 1) / Float(warmup) }
      return Float(Double(base) * 0.5 * (1 + Double.cos(Double.pi * min(1, max(0, progress)))))
    case .plateau(_, let factor): return powered(factor, reductions)
    }
  }
}

/// How long training lasts.
public enum TrainingBudget: Sendable, Hashable, Codable {
  case epochs(Int)
  case steps(Int)
  /// Of training, validation included. Where such a run ends depends on the machine's speed.
  case minutes(Double)
}
