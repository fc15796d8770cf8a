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
    unfreezing?.factor(parameter, epoch: epoch) ?? 1
  }
}

/// Slower rates for lower layers, which begin to learn one after another from the top (Howard and Ruder 2018): in the
/// first epoch the output alone, then one more layer in each.
public struct GradualUnfreezing: Sendable, Hashable, Codable {
  public var layers: Int
  /// The rate of each layer is that of the one above it divided by this.
  public var decay: Float

  public init(layers: Int, decay: Float = 2.6) {
    self.layers = layers
    self.decay = decay
  }

  /// The output is 0, the top recurrent layer 1, the embedding one more than the layers.
  func depth(_ parameter: String) -> Int {
    if parameter.hasPrefix("embedding") { return layers + 1 }
    guard parameter.hasPrefix("rnn."), let mark = parameter.range(ofSuffixAfter: "_l"), let layer = Int(mark) else {
      return 0
    }
    return layers - layer
  }

  package func factor(_ parameter: String, epoch: Int) -> Float {
    let depth = depth(parameter)
    if epoch < depth { return 0 }
    return (0..<depth).reduce(Float(1)) { factor, _ in factor / decay }
  }
}

extension String {
  /// The digits after the last occurrence of a mark.
  fileprivate func range(ofSuffixAfter mark: String) -> Substring? {
    var found: Substring?
    for index in indices where self[index...].hasPrefix(mark) {
      found = self[self.index(index, offsetBy: mark.count)...].prefix { $0.isNumber }
    }
    return found
  }
}
