import Tensors

extension Classifier {
  /// A classifier whose embedding and stack are those of a language model, trained on text without labels (Howard and
  /// Ruder 2018). It reads in one direction, as the language model does.
  ///
  /// - Throws: `ClassifierError.unsuitableLanguageModel`.
  public init(
    from model: LanguageModel, path: String, labels: [String], multiLabel: Bool, pooling: SequencePooling.Method,
    dropout: Float, tokenDropout: Float = 0, seed: UInt64
  ) throws(ClassifierError) {
    let c = model.configuration
    guard let embedding = model.embedding else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its input is one-hot; train one with --embedding \(c.hidden)")
    }
    self.init(
      ClassifierConfiguration(
        input: .tokens(vocabulary: c.vocabulary, embedding: c.embedding), labels: labels, multiLabel: multiLabel,
        cell: c.cell, hidden: c.hidden, layers: c.layers, bidirectional: false, pooling: pooling, dropout: dropout,
        tokenDropout: tokenDropout,
        initialisation: c.initialisation), seed: seed)
    self.embedding = embedding
    stack.layers = model.stack.layers
  }
}
