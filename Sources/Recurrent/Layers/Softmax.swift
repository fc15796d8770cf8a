/// How a model's last vectors become the probabilities of classes.
public enum Softmax: Sendable, Hashable, Codable {
  /// One logit for each class from all features.
  case full
  /// See `AdaptiveSoftmax`.
  case adaptive(cutoffs: [Int])

  /// What is wrong with it for so many classes and hidden units; nil if nothing is.
  func flaw(classes: Int, hidden: Int) -> String? {
    guard case .adaptive(let cutoffs) = self else { return nil }
    let text = cutoffs.map(String.init).joined(separator: ",")
    if !zip([0] + cutoffs, cutoffs + [classes]).allSatisfy({ $0 < $1 }) || cutoffs.isEmpty {
      return "an adaptive softmax with the cutoffs '\(text)', which must rise from above 0 to below the vocabulary of "
        + "\(classes)"
    }
    if AdaptiveSoftmax.features(hidden: hidden, cluster: cutoffs.count - 1) == 0 {
      return "an adaptive softmax with the cutoffs '\(text)': \(hidden) hidden units, divided by 4 once for each "
        + "cutoff, leave none"
    }
    return nil
  }
}
