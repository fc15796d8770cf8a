import Tensors

/// Labelled sequences as a task.
public struct ClassifierTraining: TrainingTask {
  private let training: LabelledSequences
  private let validation: LabelledSequences?
  private let labels: [String]
  private let multiLabel: Bool
  private let classWeights: [Float]?
  /// For a stack that comes from a language model.
  private let unfreezing: GradualUnfreezing?
  private let batches: EpochBatches

  init(
    training: LabelledSequences, validation: LabelledSequences?, options: TrainingOptions,
    configuration: ClassifierConfiguration, balanced: Bool, unfreezing: GradualUnfreezing?
  ) {
    self.training = training
    self.validation = validation
    self.unfreezing = unfreezing
    labels = configuration.labels
    multiLabel = configuration.multiLabel
    batches = EpochBatches(
      lengths: training.lengths, size: options.batch, key: RandomKey(seed: options.seed, stream: Self.orderStream))
    classWeights = balanced ? Self.weights(training, configuration) : nil
  }

  /// Inverse to how often a class occurs, 1 on average over the sequences; with several labels, how many sequences lack
  /// a label for each that has it.
  private static func weights(_ data: LabelledSequences, _ configuration: ClassifierConfiguration) -> [Float] {
    var counts = [Int](repeating: 0, count: configuration.labels.count)
    for label in data.classes.joined() { counts[label] += 1 }
    return counts.map { count in
      configuration.multiLabel
        ? Float(data.count - count) / Float(max(1, count))
        : Float(data.count) / Float(counts.count * max(1, count))
    }
  }

  public struct Batch: Sendable {
    let input: SequenceInput
    let lengths: [Int32]
    let classes: [[Int]]
  }

  private static let orderStream: UInt32 = 1 << 20

  public var trainingCount: Int { training.count }
  public var validationCount: Int { validation?.count ?? 0 }
  public var stepsPerEpoch: Int { batches.count }
  public func count(_ batch: Batch) -> Int { batch.classes.count }

  public func batch(epoch: Int, step: Int) -> Batch {
    let chosen = training.subset(batches.batch(epoch: epoch, step: step))
    let (input, lengths) = Classifier.batch(chosen.steps)
    return Batch(input: input, lengths: lengths, classes: chosen.classes)
  }

  public func loss(
    _ model: Classifier, _ batch: Batch, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    let logits = model(batch.input, lengths: batch.lengths, dropoutKey: key)
    return (loss(logits, batch.classes, classWeights), state)
  }

  private func loss(_ logits: consuming Tensor, _ classes: [[Int]], _ weights: [Float]?) -> Tensor {
    guard multiLabel else {
      return logits.softmaxCrossEntropy(classes.map { Int32($0[0]) }, classWeights: weights)
    }
    var targets = [Float](repeating: 0, count: classes.count * labels.count)
    for (row, labels) in classes.enumerated() {
      for label in labels { targets[row * self.labels.count + label] = 1 }
    }
    return logits.binaryCrossEntropy(Tensor(targets, shape: logits.shape), positiveWeights: weights)
  }

  public func validate(_ model: Classifier) -> Validation? {
    guard let validation else { return nil }
    let scores = ClassifierEvaluation(model, validation, temperature: 1)
    return Validation(loss: scores.lossNats, score: scores.f1Macro)
  }

  public func rateFactor(_ parameter: String, epoch: Int) -> Float {
    if parameter.hasPrefix(Classifier.standardisationName) { return 0 }
    return unfreezing?.factor(parameter, epoch: epoch) ?? 1
  }
}
