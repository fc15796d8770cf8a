/// How many of a kind there are, how many were found, and how many of these rightly.
public struct DetectionCounts: Sendable, Hashable {
  /// Those that there are: the support.
  public var gold: Int
  public var predicted: Int
  public var correct: Int

  public init(gold: Int = 0, predicted: Int = 0, correct: Int = 0) {
    self.gold = gold
    self.predicted = predicted
    self.correct = correct
  }

  /// The part of the predicted that is right; 0 where nothing is predicted.
  public var precision: Double { predicted == 0 ? 0 : Double(correct) / Double(predicted) }
  /// The part of those that there are that is found; 0 where there are none.
  public var recall: Double { gold == 0 ? 0 : Double(correct) / Double(gold) }
  /// The harmonic mean of precision and recall; 0 where both are.
  public var f1: Double { gold + predicted == 0 ? 0 : 2 * Double(correct) / Double(gold + predicted) }

  static func + (one: DetectionCounts, other: DetectionCounts) -> DetectionCounts {
    DetectionCounts(
      gold: one.gold + other.gold, predicted: one.predicted + other.predicted, correct: one.correct + other.correct)
  }

  /// The mean of the F1 of all kinds that there are or that are predicted.
  static func macroF1(_ kinds: [DetectionCounts]) -> Double {
    let kinds = kinds.filter { $0.gold + $0.predicted > 0 }
    return kinds.reduce(0) { $0 + $1.f1 } / Double(max(1, kinds.count))
  }
}
