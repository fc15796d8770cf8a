/// How well a classifier tells the classes of sequences that it has not seen.
public struct ClassifierEvaluation: Sendable {
  /// Nil with several labels.
  public private(set) var single: ClassificationScores?
  /// Nil with one label.
  public private(set) var multiple: MultiLabelScores?
  public private(set) var calibration = Calibration()
  /// The mean cross-entropy: of a sequence, or with several labels of a sequence and label.
  public private(set) var lossNats = 0.0
  public let count: Int

  /// - Parameter temperature: divides the logits.
  public init(_ model: Classifier, _ data: LabelledSequences, temperature: Double, batch: Int = 64) {
    self.init(model, logits: model.logits(data.steps, batch: batch), classes: data.classes, temperature: temperature)
  }

  init(_ model: Classifier, logits: [[Float]], classes: [[Int]], temperature: Double) {
    let labels = model.configuration.labels
    count = classes.count
    if model.configuration.multiLabel {
      multiple = MultiLabelScores(labels: labels)
    } else {
      single = ClassificationScores(labels: labels)
    }
    for (logits, gold) in zip(logits, classes) {
      let probabilities = model.probabilities(logits, temperature: temperature)
      let decided = model.decide(probabilities)
      lossNats += Self.loss(probabilities, gold, multiLabel: multiple != nil)
      if multiple != nil {
        multiple?.add(gold: Set(gold), predicted: Set(decided))
        for (label, probability) in probabilities.enumerated() {
          let said = probability > 0.5
          calibration.add(confidence: said ? probability : 1 - probability, correct: gold.contains(label) == said)
        }
      } else {
        single?.add(gold: gold[0], predicted: decided[0])
        calibration.add(confidence: probabilities[decided[0]], correct: decided == gold)
      }
    }
    lossNats /= Double(max(1, count))
  }

  private static func loss(_ probabilities: [Double], _ gold: [Int], multiLabel: Bool) -> Double {
    func surprise(_ probability: Double) -> Double { -Double.log(max(probability, .leastNormalMagnitude)) }
    guard multiLabel else { return surprise(probabilities[gold[0]]) }
    let sum = probabilities.enumerated().reduce(0) { $0 + surprise(gold.contains($1.0) ? $1.1 : 1 - $1.1) }
    return sum / Double(probabilities.count)
  }

  /// The part of the sequences that is told rightly: with several labels, in all of them.
  public var accuracy: Double { single?.accuracy ?? multiple?.accuracy ?? 0 }
  public var f1Macro: Double { single?.macroF1 ?? multiple?.macroF1 ?? 0 }
  public var perClass: [DetectionCounts] { single?.perClass ?? multiple?.perClass ?? [] }

  /// The temperature under which the probabilities of held-out sequences are most likely (Guo et al. 2017), by a search
  /// for the lowest loss over its logarithm, which has one lowest point.
  static func temperature(_ model: Classifier, _ data: LabelledSequences) -> Double {
    let logits = model.logits(data.steps)
    func loss(_ logarithm: Double) -> Double {
      let temperature = Double.exp(logarithm)
      return zip(logits, data.classes).reduce(0) {
        $0
          + Self.loss(
            model.probabilities($1.0, temperature: temperature), $1.1, multiLabel: model.configuration.multiLabel)
      }
    }
    // Golden section from a twentieth to twenty.
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-3.0, 3.0)
    for _ in 0..<40 {
      let (left, right) = (high - golden * (high - low), low + golden * (high - low))
      if loss(left) < loss(right) { high = right } else { low = left }
    }
    return Double.exp((low + high) / 2)
  }
}
