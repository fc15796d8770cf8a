import Tensors

/// Tagged sentences as a task: batches of sentences of similar length, and on the validation sentences the F1 of
/// entities, or the accuracy where tags are no chunks.
public struct TaggerTraining: TrainingTask {
  public let vocabulary: TaggerVocabulary
  private let training: [EncodedSentence]
  private let validation: [(sentence: EncodedSentence, tags: [String])]
  private let batches: EpochBatches
  /// For words and layers that come from a language model.
  private let unfreezing: GradualUnfreezing?
  /// For each word, the probability with which it becomes the unknown word.
  private let dropRates: [Float]

  public let trainingTokens: Int
  public var trainingSentences: Int { training.count }
  public var validationSentences: Int { validation.count }

  private static let batchStream: UInt32 = 1 << 16 + 3

  /// - Parameters:
  ///   - training: some at least.
  ///   - validation: may be empty.
  init(
    training: [TaggedSentence], validation: [TaggedSentence], vocabulary: TaggerVocabulary, wordDropout: Float,
    options: TrainingOptions, unfreezing: GradualUnfreezing? = nil
  ) throws(TaggerError) {
    self.vocabulary = vocabulary
    self.unfreezing = unfreezing
    var counts = [Int](repeating: 0, count: vocabulary.words.count + 1)
    var encoded: [EncodedSentence] = []
    for sentence in training {
      let tags = try Self.trainedTags(sentence, vocabulary)
      encoded.append(EncodedSentence(sentence.tokens, tags: tags, vocabulary: vocabulary))
      for word in encoded[encoded.count - 1].words { counts[Int(word)] += 1 }
    }
    self.training = encoded
    dropRates =
      wordDropout == 0 ? [] : counts.map { wordDropout / (wordDropout + Float(max(1, $0)) * (1 - wordDropout)) }
    trainingTokens = counts.reduce(0, +)
    self.validation = validation.map {
      (
        // Tags that the training sentences do not have cannot be found, and have no part in the loss.
        EncodedSentence($0.tokens, tags: (try? Self.trainedTags($0, vocabulary)) ?? [], vocabulary: vocabulary),
        vocabulary.scheme.converted($0.tags)
      )
    }
    batches = EpochBatches(
      lengths: encoded.map(\.length), size: options.batch,
      key: RandomKey(seed: options.seed, stream: Self.batchStream))
  }

  private static func trainedTags(
    _ sentence: TaggedSentence, _ vocabulary: TaggerVocabulary
  ) throws(TaggerError) -> [Int32] {
    var ids: [Int32] = []
    for tag in vocabulary.trainedScheme.converted(sentence.tags) {
      guard let id = vocabulary.tagId(tag) else { throw .unknownTag(tag) }
      ids.append(id)
    }
    return ids
  }

  public var stepsPerEpoch: Int { batches.count }
  public func count(_ batch: TaggerBatch) -> Int { batch.tokens }

  public func batch(epoch: Int, step: Int) -> TaggerBatch {
    TaggerBatch(batches.batch(epoch: epoch, step: step).map { training[$0] })
  }

  public func loss(
    _ model: Tagger, _ batch: TaggerBatch, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    (model.loss(model.emissions(batch, dropRates: dropRates, key: key), batch), state)
  }

  public func validate(_ model: Tagger) -> Validation? {
    if validation.isEmpty { return nil }
    var scores = EntityScores(plain: vocabulary.scheme == .plain)
    var (loss, items) = (0.0, 0)
    for indices in LengthBatches.sorted(lengths: validation.map(\.sentence.length), size: 64) {
      let batch = TaggerBatch(indices.map { validation[$0].sentence })
      let emissions = model.emissions(batch)
      for (index, tags) in zip(indices, model.decode(emissions, batch)) {
        scores.add(gold: validation[index].tags, predicted: vocabulary.spelled(tags))
      }
      if batch.tags.isEmpty { continue }
      let weight = model.field == nil ? batch.tokens : batch.batch
      loss += Double(model.loss(emissions, batch).scalar) * Double(weight)
      items += weight
    }
    return Validation(
      loss: loss / Double(max(1, items)),
      score: vocabulary.scheme == .plain ? scores.tokenAccuracy : scores.f1)
  }

  public func rateFactor(_ parameter: String, epoch: Int) -> Float {
    unfreezing?.factor(parameter, epoch: epoch) ?? 1
  }
}

/// Why a tagger cannot be trained or used.
public enum TaggerError: Error, Equatable, CustomStringConvertible {
  case unknownTag(String)
  case tooLong(path: String, line: Int, tokens: Int, most: Int)
  case notFinite
  case unsuitableLanguageModel(path: String, reason: String)

  public var description: String {
    switch self {
    case .unknownTag(let tag): "the tag '\(tag)' is not among those that the model knows"
    case .tooLong(let path, let line, let tokens, let most):
      "\(path):\(line): a sentence of \(tokens) tokens begins here, and \(most) are the most; put blank lines between "
        + "sentences"
    case .unsuitableLanguageModel(let path, let reason): "\(path) cannot start a tagger: \(reason)"
    case .notFinite: "the model gives scores that are no numbers, or beyond all measure; train anew"
    }
  }
}
