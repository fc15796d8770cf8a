import Tensors

/// A language model of words from which a tagger goes on: the vectors of the words that both know, and the layers of the
/// forward direction. The backward direction, the characters and the output begin anew.
public struct TaggerStart: Sendable {
  let model: LanguageModel
  /// The id in the language model of each key: that of the most frequent of the words that have it.
  private let ids: [[UInt8]: Int]
  /// The keys that the language model knows, in the order of their frequency.
  public let keys: [String]

  public var configuration: LanguageModelConfiguration { model.configuration }

  /// - Throws: `TaggerError.unsuitableLanguageModel` unless it reads words by their vectors.
  public init(_ model: LanguageModel, _ tokenizer: Tokenizer, path: String) throws(TaggerError) {
    guard case .word(let vocabulary) = tokenizer else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its tokens are not words; train one with --tokenizer word")
    }
    guard model.embedding != nil else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its input is one-hot; train one with --embedding \(model.configuration.hidden)")
    }
    guard model.configuration.layer?.isPlainInUse ?? true else {
      throw .unsuitableLanguageModel(
        path: path, reason: "its layers zone out, project or normalise; train one without these options")
    }
    self.model = model
    var ids: [[UInt8]: Int] = [:]
    var keys: [String] = []
    let first = tokenizer.count - vocabulary.words.count
    for (index, word) in vocabulary.words.enumerated() {
      let key = TaggerVocabulary.key(word)
      guard ids[Array(key.utf8)] == nil else { continue }
      ids[Array(key.utf8)] = first + index
      keys.append(key)
    }
    (self.ids, self.keys) = (ids, keys)
  }

  /// Puts what the language model has learned into a tagger of its shape.
  func fill(_ tagger: inout Tagger, _ vocabulary: TaggerVocabulary) {
    let c = configuration
    guard let embedding = model.embedding else { return }
    precondition(
      tagger.configuration.hidden == c.hidden && tagger.configuration.layers == c.layers
        && tagger.configuration.embedding == c.embedding && tagger.configuration.cell == c.cell,
      "a tagger of another shape than that of its language model")
    tagger.words.weight.withUnsafeMutablePointer { table in
      for (index, word) in vocabulary.words.enumerated() {
        guard let id = ids[Array(word.utf8)] else { continue }
        (table + (index + 1) * c.embedding).update(
          from: embedding.weight.pointer + id * c.embedding, count: c.embedding)
      }
    }
    for layer in 0..<c.layers {
      let from = model.stack.layers[layer].weights
      let index = 2 * layer
      tagger.stack.layers[index].weights.recurrentWeight = from.recurrentWeight
      tagger.stack.layers[index].weights.inputBias = from.inputBias
      tagger.stack.layers[index].weights.recurrentBias = from.recurrentBias
      // Beside what the language model reads come the characters or, higher up, the backward direction.
      let columns = tagger.stack.layers[index].weights.input
      tagger.stack.layers[index].weights.inputWeight.withUnsafeMutablePointer { weight in
        for row in 0..<from.width {
          (weight + row * columns).update(from: from.inputWeight.pointer + row * from.input, count: from.input)
        }
      }
    }
  }
}
