/// How well classes are told, when each item has one: made from counts of what is so and what was said.
public struct ClassificationScores: Sendable, Hashable {
  public let labels: [String]
  /// `[gold][predicted]`: how many items of one class were put in another.
  public private(set) var confusion: [[Int]]

  /// Classes are numbers that index `labels`.
  public init(labels: [String], gold: [Int] = [], predicted: [Int] = []) {
    precondition(gold.count == predicted.count, "\(gold.count) classes, \(predicted.count) predicted")
    self.labels = labels
    confusion = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
    for (gold, predicted) in zip(gold, predicted) { add(gold: gold, predicted: predicted) }
  }

  public mutating func add(gold: Int, predicted: Int) { confusion[gold][predicted] += 1 }

  /// Items.
  public var count: Int { confusion.joined().reduce(0, +) }
  private var correct: Int { labels.indices.reduce(0) { $0 + confusion[$1][$1] } }

  /// The part of the items that is put in the right class.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// The counts of each class against all others.
  public var perClass: [DetectionCounts] {
    labels.indices.map { index in
      DetectionCounts(
        gold: confusion[index].reduce(0, +), predicted: confusion.reduce(0) { $0 + $1[index] },
        correct: confusion[index][index])
    }
  }

  /// The mean of the classes' F1, over classes that items have or are put in.
  public var macroF1: Double { DetectionCounts.macroF1(perClass) }

  /// Matthews' correlation coefficient for any number of classes (R_K, Gorodkin 2004): 1 if all is right, 0 if what is
  /// said has nothing to do with what is so, or is the same for all items.
  public var mcc: Double {
    let (c, s) = (Double(correct), Double(count))
    let t = perClass.map { Double($0.gold) }
    let p = perClass.map { Double($0.predicted) }
    func sum(_ one: [Double], _ other: [Double]) -> Double { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }
    let below = ((s * s - sum(p, p)) * (s * s - sum(t, t))).squareRoot()
    return below == 0 ? 0 : (c * s - sum(t, p)) / below
  }
}
