import Tensors

/// Texts of one line each, and what is said of each of them: what a language model that is told something is trained on.
public struct ConditionedTexts: Sendable {
  /// Tokens without the line's end.
  public var tokens: [[Int32]]
  /// `[text][features]`
  public var vectors: [[Float]]

  /// - Precondition: there are as many of each.
  public init(tokens: [[Int32]], vectors: [[Float]]) {
    precondition(tokens.count == vectors.count, "\(tokens.count) texts and \(vectors.count) vectors")
    (self.tokens, self.vectors) = (tokens, vectors)
  }

  public init(_ rows: [(text: String, vector: [Float])], _ tokenizer: Tokenizer) throws {
    self.init(tokens: try rows.map { try tokenizer.encode(Array($0.text.utf8)) }, vectors: rows.map(\.vector))
  }

  public var count: Int { tokens.count }

  public func write(to path: String) throws(FileError) {
    var writer = SafetensorsWriter()
    writer.add("lengths", integers: tokens.map(\.count))
    writer.add("tokens", integers: tokens.joined().map(Int.init))
    writer.add("vectors", shape: [count, vectors.first?.count ?? 0], floats: Array(vectors.joined()))
    try writer.write(to: path)
  }

  /// - Throws: `SafetensorsError`, or `ModelFileError.malformed` where sizes do not fit.
  public init(reading path: String) throws {
    let file = try SafetensorsFile(reading: path)
    let (lengths, ids, shape) = (try file.integers("lengths"), try file.integers("tokens"), try file.shape("vectors"))
    guard lengths.allSatisfy({ (0...ids.count).contains($0) }), lengths.reduce(0, +) == ids.count, shape.count == 2,
      shape[0] == lengths.count, ids.allSatisfy({ (0...Int(Int32.max)).contains($0) })
    else { throw ModelFileError.malformed(path: path, detail: "its lengths do not add up") }
    var start = 0
    let tokens = lengths.map { length in
      defer { start += length }
      return ids[start..<start + length].map { Int32($0) }
    }
    let floats = try file.floats("vectors")
    let vectors = lengths.indices.map { Array(floats[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    self.init(tokens: tokens, vectors: vectors)
  }
}

extension LanguageModel {
  /// The model that is told one thing for good, and nothing else: adding a vector to those of all tokens is the same as
  /// adding its product with W_ih to the bias of the first layer.
  ///
  /// - Parameter vector: as many features as the condition has.
  public func conditioned(on vector: [Float]) -> LanguageModel {
    guard let conditionWeight else { return self }
    var configuration = configuration
    configuration.condition = nil
    var model = LanguageModel(self, as: configuration)
    let added = Tensor(vector, shape: [1, vector.count]).linear(conditionWeight)
      .linear(model.stack.layers[0].weights.inputWeight)
    let bias = model.stack.layers[0].weights.inputBias
    model.stack.layers[0].weights.inputBias = bias + added.reshaped(bias.shape)
    return model
  }

  /// The mean cross-entropy in nats of the tokens of texts and of the ends of their lines.
  ///
  /// - Parameters:
  ///   - lineEnd: what each text begins after, and ends with.
  ///   - key: random numbers for dropout; nil for none.
  package func loss(_ texts: ConditionedTexts, _ indices: [Int], lineEnd: Int32, key: RandomKey? = nil) -> Tensor {
    let time = 1 + (indices.map { texts.tokens[$0].count }.max() ?? 0)
    var inputs = [Int32](repeating: lineEnd, count: indices.count * time)
    var targets = [Int32](repeating: -1, count: indices.count * time)
    for (row, index) in indices.enumerated() {
      let tokens = texts.tokens[index]
      inputs.replaceSubrange(row * time + 1..<row * time + 1 + tokens.count, with: tokens)
      targets.replaceSubrange(row * time..<row * time + 1 + tokens.count, with: tokens + [lineEnd])
    }
    let vectors = Tensor(
      indices.flatMap { texts.vectors[$0] }, shape: [indices.count, texts.vectors[indices[0]].count])
    let (hidden, _) = hidden(
      inputs, batch: indices.count, time: time, state: zeroState(batch: indices.count), conditions: vectors,
      dropoutKey: configuration.isRandomInTraining ? key : nil)
    return adaptiveSoftmax?.loss(hidden, targets) ?? logits(hidden).softmaxCrossEntropy(targets)
  }

  /// The cross-entropy of texts, each begun anew.
  ///
  /// - Parameter bytes: of the texts with the ends of their lines.
  public func evaluate(_ texts: ConditionedTexts, lineEnd: Int32, bytes: Int = 0) -> LanguageModelEvaluation {
    var result = LanguageModelEvaluation(bytes: bytes)
    for indices in LengthBatches.sorted(lengths: texts.tokens.map(\.count), size: 64) {
      let tokens = indices.reduce(0) { $0 + texts.tokens[$1].count + 1 }
      result.nats += Double(loss(texts, indices, lineEnd: lineEnd).scalar) * Double(tokens)
      result.tokens += tokens
    }
    return result
  }
}
