import Tensors

extension Classifier {
  /// A classifier whose embedding and stack are those of a language model, trained on text without labels (Howard and
  /// Ruder 2018). It reads in one direction, as the language model does, and its pooled vectors are standardised.
  ///
  /// - Parameter examples: sequences to standardise by: about a thousand of them are read.
  /// - Throws: `ClassifierError.unsuitableLanguageModel`.
  public init(
    from model: LanguageModel, path: String, labels: [String], multiLabel: Bool, pooling: SequencePooling.Method,
    dropout: Float, tokenDropout: Float = 0, examples: LabelledSequences, seed: UInt64
  ) throws(ClassifierError) {
    let c = model.configuration
    guard let embedding = model.embedding else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its input is one-hot; train one with --embedding \(c.hidden)")
    }
    guard c.layer?.isPlainInUse ?? true else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its layers zone out, project or normalise; train one without these options")
    }
    self.init(
      ClassifierConfiguration(
        input: .tokens(vocabulary: c.vocabulary, embedding: c.embedding), labels: labels, multiLabel: multiLabel,
        cell: c.cell, hidden: c.hidden, layers: c.layers, bidirectional: false, pooling: pooling, dropout: dropout,
        tokenDropout: tokenDropout, initialisation: c.initialisation, standardised: true), seed: seed)
    self.embedding = embedding
    stack.layers = model.stack.layers
    if examples.count > 0 { standardisation = Standardisation(measuring: pooled(examples)) }
  }

  /// The vectors of about a thousand sequences, spread over the whole, `[sequences, features]`.
  private func pooled(_ examples: LabelledSequences) -> Tensor {
    let every = max(1, examples.count / 1000)
    let some = examples.subset(Array(stride(from: 0, to: examples.count, by: every)))
    return .concatenate(
      LengthBatches.sorted(lengths: some.lengths, size: 32).map { batch in
        let (input, lengths) = Self.batch(some.subset(batch).steps)
        return pooled(input, lengths: lengths)
      }, axis: 0)
  }
}
