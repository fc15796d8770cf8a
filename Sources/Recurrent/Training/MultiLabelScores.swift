/// How well labels are told, when an item may have none or several.
public struct MultiLabelScores: Sendable, Hashable {
  public let labels: [String]
  public private(set) var perClass: [DetectionCounts]
  /// Items.
  public private(set) var count = 0
  private var exact = 0

  public init(labels: [String]) {
    self.labels = labels
    perClass = Array(repeating: DetectionCounts(), count: labels.count)
  }

  /// Labels are numbers that index `labels`.
  public mutating func add(gold: Set<Int>, predicted: Set<Int>) {
    for label in gold { perClass[label].gold += 1 }
    for label in predicted { perClass[label].predicted += 1 }
    for label in gold.intersection(predicted) { perClass[label].correct += 1 }
    count += 1
    exact += gold == predicted ? 1 : 0
  }

  /// The part of the items that has all its labels and no other.
  public var accuracy: Double { count == 0 ? 0 : Double(exact) / Double(count) }
  /// The F1 of the counts of all labels together.
  public var microF1: Double { perClass.reduce(DetectionCounts(), +).f1 }
  /// The mean of the labels' F1, over labels that items have or are given.
  public var macroF1: Double { DetectionCounts.macroF1(perClass) }
}
