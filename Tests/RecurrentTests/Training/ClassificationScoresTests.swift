import Recurrent
import Testing

/// By hand, with fractions.
@Suite struct ClassificationScoresTests {
  /// Rows are what is so, columns what was said:
  ///
  ///     4 1 0
  ///     1 2 1
  ///     0 0 3
  static let three = ClassificationScores(
    labels: ["a", "b", "c"], gold: [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
    predicted: [0, 0, 0, 0, 1, 0, 1, 1, 2, 2, 2, 2])

  @Test func threeClasses() {
    let scores = Self.three
    #expect(scores.confusion == [[4, 1, 0], [1, 2, 1], [0, 0, 3]])
    #expect(scores.count == 12 && scores.accuracy == 9.0 / 12)
    #expect(
      scores.perClass == [
        DetectionCounts(gold: 5, predicted: 5, correct: 4), DetectionCounts(gold: 4, predicted: 3, correct: 2),
        DetectionCounts(gold: 3, predicted: 4, correct: 3),
      ])
    let (precision, recall): ([Double], [Double]) = ([4.0 / 5, 2.0 / 3, 3.0 / 4], [4.0 / 5, 2.0 / 4, 1])
    let f1: [Double] = [8.0 / 10, 4.0 / 7, 6.0 / 7]
    #expect(scores.perClass.map(\.precision) == precision)
    #expect(scores.perClass.map(\.recall) == recall)
    #expect(scores.perClass.map(\.f1) == f1)
    // Sums of three fractions in another order differ in the last bit.
    #expect(abs(scores.macroF1 - f1.reduce(0, +) / 3) < 1e-15)
    // c s - sum t p = 9 * 12 - (25 + 12 + 12) = 59; s s - sum p p = 144 - 50; s s - sum t t = 144 - 50.
    #expect(abs(scores.mcc - 59.0 / 94) < 1e-15)
  }

  /// Matthews' formula for two classes: (tp tn - fp fn) / sqrt((tp + fp)(tp + fn)(tn + fp)(tn + fn)).
  @Test(arguments: [(6, 1, 2, 3), (90, 3, 1, 6), (0, 1, 1, 0), (5, 0, 0, 5), (3, 2, 4, 0)])
  func twoClasses(_ tp: Int, _ fn: Int, _ fp: Int, _ tn: Int) {
    let counts = [(1, 1, tp), (1, 0, fn), (0, 1, fp), (0, 0, tn)]
    let scores = ClassificationScores(
      labels: ["no", "yes"], gold: counts.flatMap { Array(repeating: $0.0, count: $0.2) },
      predicted: counts.flatMap { Array(repeating: $0.1, count: $0.2) })
    let below = Double((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).squareRoot()
    // Some ten roundings in double precision of numbers of the order of 1.
    #expect(abs(scores.mcc - Double(tp * tn - fp * fn) / below) < 1e-14)
    #expect(scores.perClass[1] == DetectionCounts(gold: tp + fn, predicted: tp + fp, correct: tp))
  }

  @Test func edges() {
    let one = ClassificationScores(labels: ["a", "b"], gold: [0, 1, 0], predicted: [0, 0, 0])
    #expect(one.mcc == 0 && one.perClass[1].precision == 0 && one.perClass[1].f1 == 0)
    let none = ClassificationScores(labels: ["a"])
    #expect(none.accuracy == 0 && none.mcc == 0 && none.macroF1 == 0)
    // A class that nothing has and nothing is put in does not count.
    let absent = ClassificationScores(labels: ["a", "b", "c"], gold: [0, 1], predicted: [0, 1])
    #expect(absent.macroF1 == 1 && absent.mcc == 1)
  }

  @Test func severalLabels() {
    var scores = MultiLabelScores(labels: ["a", "b", "c", "d"])
    scores.add(gold: [0, 1], predicted: [0, 1])
    scores.add(gold: [0], predicted: [0, 2])
    scores.add(gold: [1, 2], predicted: [0])
    scores.add(gold: [], predicted: [])
    #expect(scores.count == 4 && scores.accuracy == 2.0 / 4)
    #expect(
      scores.perClass == [
        DetectionCounts(gold: 2, predicted: 3, correct: 2), DetectionCounts(gold: 2, predicted: 1, correct: 1),
        DetectionCounts(gold: 1, predicted: 1, correct: 0), DetectionCounts(),
      ])
    #expect(scores.microF1 == 2.0 * 3 / (5 + 5))
    // d, which nobody has or is given, is left out.
    #expect(abs(scores.macroF1 - (4.0 / 5 + 2.0 / 3 + 0) / 3) < 1e-15)
  }
}
