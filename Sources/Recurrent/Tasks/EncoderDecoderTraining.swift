import Tensors

/// Pairs of sequences as a task.
public struct EncoderDecoderTraining: TrainingTask {
  private let training: SequencePairs
  private let validation: SequencePairs?
  private let configuration: EncoderDecoderConfiguration
  private let decoder: DecoderTraining
  private let unknown: Int32
  private let batches: EpochBatches

  private static let orderStream: UInt32 = 1 << 24

  init(
    training: SequencePairs, validation: SequencePairs?, configuration: EncoderDecoderConfiguration,
    decoder: DecoderTraining, unknown: Int32, options: TrainingOptions
  ) {
    (self.training, self.validation, self.configuration) = (training, validation, configuration)
    (self.decoder, self.unknown) = (decoder, unknown)
    batches = EpochBatches(
      lengths: zip(training.sources, training.targets).map { $0.count + $1.count }, size: options.batch,
      key: RandomKey(seed: options.seed, stream: Self.orderStream))
  }

  public var trainingCount: Int { training.count }
  public var validationCount: Int { validation?.count ?? 0 }
  public var stepsPerEpoch: Int { batches.count }
  public func count(_ batch: PairBatch) -> Int { batch.tokens }

  public func batch(epoch: Int, step: Int) -> PairBatch {
    PairBatch(training.subset(batches.batch(epoch: epoch, step: step)), configuration, unknown: unknown)
  }

  public func loss(
    _ model: EncoderDecoder, _ batch: PairBatch, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    (model.loss(batch, decoder, key: key), state)
  }

  /// The mean cross-entropy of a token, whatever the training smooths or samples.
  public func validate(_ model: EncoderDecoder) -> Validation? {
    guard let validation else { return nil }
    var (loss, tokens) = (0.0, 0)
    let lengths = zip(validation.sources, validation.targets).map { $0.count + $1.count }
    for indices in LengthBatches.sorted(lengths: lengths, size: 64) {
      let batch = PairBatch(validation.subset(indices), configuration, unknown: unknown)
      loss += Double(model.loss(batch).scalar) * Double(batch.tokens)
      tokens += batch.tokens
    }
    return Validation(loss: loss / Double(max(1, tokens)))
  }
}
