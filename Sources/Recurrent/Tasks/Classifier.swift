import Tensors

/// One answer for a whole sequence: a recurrent stack, pooled over time, and a linear layer.
public struct Classifier: Module {
  public let configuration: ClassifierConfiguration
  /// The table of input vectors; nil where vectors come in.
  public var embedding: Embedding?
  public var stack: RecurrentStack
  public var pooling: SequencePooling
  /// Nil unless the configuration asks for it.
  public var standardisation: Standardisation?
  public var output: Linear

  public init(_ configuration: ClassifierConfiguration, seed: UInt64) {
    self.configuration = configuration
    let c = configuration
    var initialiser = ParameterInitialiser(c.initialisation, seed: seed)
    if case .tokens(let vocabulary, let features) = c.input {
      embedding = Embedding(vocabulary: vocabulary, features: features, initialiser: &initialiser)
    }
    stack = RecurrentStack(
      c.cell.cell, input: c.features, hidden: c.hidden, layers: c.layers, bidirectional: c.bidirectional,
      dropout: c.dropout, initialiser: &initialiser)
    pooling = SequencePooling(
      c.pooling, features: stack.outputSize, bidirectional: c.bidirectional, initialiser: &initialiser)
    if c.standardised { standardisation = Standardisation(features: pooling.outputSize) }
    output = Linear(inputs: pooling.outputSize, outputs: c.labels.count, initialiser: &initialiser)
  }

  /// A batch of sequences as the stack reads it, shorter ones padded at their ends.
  ///
  /// - Returns: the input, and the steps of each sequence.
  public static func batch(_ steps: LabelledSequences.Steps) -> (input: SequenceInput, lengths: [Int32]) {
    switch steps {
    case .tokens(let ids):
      let time = max(1, ids.map(\.count).max() ?? 1)
      var padded = [Int32](repeating: 0, count: ids.count * time)
      for (row, sequence) in ids.enumerated() {
        padded.replaceSubrange(row * time..<row * time + sequence.count, with: sequence)
      }
      return (.tokens(padded, batch: ids.count, time: time, embedding: nil), ids.map { Int32($0.count) })
    case .vectors(let values, let features):
      let time = max(1, (values.map(\.count).max() ?? 0) / features)
      let padded = Tensor(shape: [values.count, time, features]) { pointer in
        pointer.update(repeating: 0, count: values.count * time * features)
        for (row, sequence) in values.enumerated() {
          (pointer + row * time * features).update(from: sequence, count: sequence.count)
        }
      }
      return (.vectors(padded), values.map { Int32($0.count / features) })
    }
  }

  /// - Parameters:
  ///   - input: of tokens, whose vectors are looked up here, or vectors `[batch, time, features]`.
  ///   - lengths: steps of each sequence.
  ///   - dropoutKey: random numbers for dropout; nil for none.
  /// - Returns: logits `[batch, labels]`.
  public func callAsFunction(_ input: SequenceInput, lengths: [Int32], dropoutKey: RandomKey? = nil) -> Tensor {
    var pooled = pooled(input, lengths: lengths, dropoutKey: dropoutKey)
    if let standardisation { pooled = standardisation(pooled) }
    if let dropoutKey {
      pooled = pooled.dropout(configuration.dropout, key: dropoutKey.stream(Self.outputStream))
    }
    return output(pooled)
  }

  /// The vector of each sequence, `[batch, features]`, before it is standardised.
  func pooled(_ input: SequenceInput, lengths: [Int32], dropoutKey: RandomKey? = nil) -> Tensor {
    var input = input
    if case .tokens(var ids, let batch, let time, nil) = input, let embedding {
      if let dropoutKey, configuration.tokenDropout > 0 {
        let draws = dropoutKey.stream(Self.tokenStream).uniform([batch, time], in: 0..<1)
        for index in ids.indices where draws.pointer[index] < configuration.tokenDropout { ids[index] = Self.unknown }
        withExtendedLifetime(draws) {}
      }
      input = .tokens(ids, batch: batch, time: time, embedding: embedding.weight)
      if let dropoutKey, configuration.dropout > 0 {
        let vectors = embedding(ids, shape: [batch, time])
        input = .vectors(vectors.dropout(configuration.dropout, key: dropoutKey.stream(Self.inputStream)))
      }
    }
    let (hidden, _) = stack(
      input, state: stack.zeroState(batch: input.batch), lengths: lengths, dropoutKey: dropoutKey)
    return pooling(hidden, lengths: lengths)
  }

  static let standardisationName = "standardisation"

  // Streams of random numbers; the stack takes those from 0 on.
  private static let inputStream: UInt32 = 1 << 16
  private static let outputStream: UInt32 = 1 << 16 + 1
  private static let tokenStream: UInt32 = 1 << 16 + 2
  /// The token of what a vocabulary does not have, where it is one that does not have everything.
  private static let unknown: Int32 = 0

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try embedding?.visitParameters(under: "embedding", visit)
    try stack.visitParameters(under: "rnn", visit)
    try pooling.visitParameters(under: "pooling", visit)
    try standardisation?.visitParameters(under: Self.standardisationName, visit)
    try output.visitParameters(under: "output", visit)
  }
}

extension Classifier {
  /// The logits of any number of sequences, in their order; computed in batches of similar length, which has no influence
  /// on the bits.
  ///
  /// - Parameter batch: most sequences side by side.
  /// - Returns: `[sequence][label]`
  public func logits(_ steps: LabelledSequences.Steps, batch size: Int = 64) -> [[Float]] {
    let all = LabelledSequences(steps, classes: Array(repeating: [], count: steps.count))
    var result = [[Float]](repeating: [], count: all.count)
    var model = self
    if all.count > size { model.stack.prepare() }
    let batches = LengthBatches.sorted(lengths: all.lengths, size: size).flatMap { batch in
      batch.cut(atMost: rows(time: all.lengths[batch[batch.count - 1]]))
    }
    for indices in batches {
      let (input, lengths) = Self.batch(all.subset(indices).steps)
      let logits = model(input, lengths: lengths)
      let labels = configuration.labels.count
      logits.withUnsafePointer { pointer in
        for (row, index) in indices.enumerated() {
          result[index] = Array(UnsafeBufferPointer(start: pointer + row * labels, count: labels))
        }
      }
    }
    return result
  }

  /// Rows of which the gates of so many steps stay in the cache between the products of the input and the steps; or more,
  /// where it would be too few to be worth reading the weights, which take long to read if they are not in the cache.
  private func rows(time: Int) -> Int {
    let width = configuration.cell.cell.gates * configuration.hidden
    let fewest = width * configuration.hidden <= 1 << 16 ? 16 : 64
    return max(fewest, (1 << 20) / (width * max(1, time)))
  }

  /// The probability of each label: the softmax over classes or, for several labels, each label's own sigmoid.
  ///
  /// - Parameter temperature: divides the logits; fitted by calibration.
  public func probabilities(_ logits: [Float], temperature: Double = 1) -> [Double] {
    let scaled = logits.map { Double($0) / temperature }
    if configuration.multiLabel { return scaled.map { 1 / (1 + Double.exp(-$0)) } }
    let most = scaled.max() ?? 0
    let exponentials = scaled.map { Double.exp($0 - most) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// The labels that probabilities stand for: the most probable class, or every label above one half.
  public func decide(_ probabilities: [Double]) -> [Int] {
    if configuration.multiLabel { return probabilities.indices.filter { probabilities[$0] > 0.5 } }
    return [probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0]
  }
}

extension LabelledSequences.Steps {
  public var count: Int {
    switch self {
    case .tokens(let ids): ids.count
    case .vectors(let values, _): values.count
    }
  }
}

extension Array {
  /// Parts of nearly the same size, each of at most so many elements.
  fileprivate func cut(atMost most: Int) -> [Self] {
    let parts = (count + most - 1) / most
    return (0..<parts).map { Array(self[count * $0 / parts..<count * ($0 + 1) / parts]) }
  }
}
