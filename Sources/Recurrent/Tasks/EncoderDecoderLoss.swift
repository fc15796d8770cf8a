import Tensors

/// How the decoder reads in training.
public struct DecoderTraining: Sendable, Hashable, Codable {
  /// The part of each target that is shared among all tokens alike; see `Tensor.softmaxCrossEntropy`.
  public var labelSmoothing: Float
  /// The probability with which the decoder reads a token of its own, drawn from what it gave at the step before, in the
  /// place of the true one (scheduled sampling, Bengio et al. 2015).
  public var sampling: Float
  /// Updates over which this probability rises from 0, in a straight line.
  public var samplingWarmup: Int

  public init(labelSmoothing: Float = 0, sampling: Float = 0, samplingWarmup: Int = 1000) {
    (self.labelSmoothing, self.sampling, self.samplingWarmup) = (labelSmoothing, sampling, samplingWarmup)
  }

  /// What is wrong with it; nil if nothing is.
  public var flaw: String? {
    if !(labelSmoothing >= 0 && labelSmoothing < 1) {
      return "label smoothing \(labelSmoothing), which is not from 0 to below 1"
    }
    if !(sampling >= 0 && sampling <= 1) { return "scheduled sampling by \(sampling), which is not from 0 to 1" }
    if samplingWarmup < 0 { return "a warm-up of scheduled sampling of \(samplingWarmup) updates" }
    return nil
  }

  /// - Parameter step: updates, from 1.
  func samplingProbability(step: UInt32) -> Float {
    samplingWarmup == 0 ? sampling : sampling * min(1, Float(step) / Float(samplingWarmup))
  }
}

extension EncoderDecoder {
  /// The mean cross-entropy of the tokens of all targets, ends included, in nats.
  ///
  /// - Parameters:
  ///   - training: what differs in training.
  ///   - key: random numbers for dropout and scheduled sampling, its step that of the update; nil for neither.
  package func loss(
    _ batch: PairBatch, _ training: DecoderTraining = DecoderTraining(), key: RandomKey? = nil
  ) -> Tensor {
    let memory = encode(batch.sources, lengths: batch.sourceLengths, time: batch.sourceTime, key: key)
    let sampling = key.map { training.samplingProbability(step: $0.step) } ?? 0
    let (vectors, attention) =
      configuration.inputFeeding || sampling > 0
      ? stepped(batch, memory, sampling: sampling, key: key)
      : forced(batch.inputs, lengths: batch.targetLengths, time: batch.targetTime, memory, key: key)
    if let copyGate, let attention, let copies = batch.copies {
      return CopyMechanism.loss(
        output(vectors), gate: copyGate(vectors), attention: attention, copies: copies, targets: batch.targets)
    }
    return output(vectors).softmaxCrossEntropy(
      batch.targets, smoothing: key == nil ? 0 : training.labelSmoothing)
  }

  /// What `forced` gives, one step after another: where a step depends on what the step before gave.
  package func stepped(
    _ batch: PairBatch, _ memory: Memory, sampling: Float, key: RandomKey?
  ) -> (vectors: Tensor, attention: Tensor?) {
    let (rows, time) = (batch.batch, batch.targetTime)
    var decoder = decoder
    decoder.prepare()
    let projection = sampling > 0 ? PackedLinear(output) : nil
    var state = memory.state
    var fed = Tensor(shape: [rows, 1, configuration.decoderHidden])
    var (vectors, weights): ([Tensor], [Tensor]) = ([], [])
    for t in 0..<time {
      let stepKey = key.map { RandomKey(seed: $0.seed, stream: Self.stepStream + UInt32(t) << 8, step: $0.step) }
      var tokens = (0..<rows).map { batch.inputs[$0 * time + t] }
      if t > 0, let projection, let stepKey {
        tokens = sampled(tokens, projection(vectors[t - 1]), sampling, stepKey)
      }
      var input = writtenVectors(tokens, shape: [rows, 1])
      if let stepKey {
        input = input.dropout(configuration.dropout, key: stepKey.stream(stepKey.stream + 1))
      }
      if configuration.inputFeeding { input = .concatenate([input, fed], axis: -1) }
      let (states, next) = decoder(
        .vectors(input), state: state, lengths: batch.targetLengths.map { t < $0 ? 1 : 0 },
        dropoutKey: stepKey.map { $0.stream($0.stream + 8) })
      state = next
      let (attended, attention) = attend(states, memory)
      fed = attended
      vectors.append(
        stepKey.map { attended.dropout(configuration.dropout, key: $0.stream($0.stream + 2)) } ?? attended)
      if let attention { weights.append(attention) }
    }
    return (.concatenate(vectors, axis: 1), weights.isEmpty ? nil : .concatenate(weights, axis: 1))
  }

  private static let stepStream: UInt32 = 1 << 20

  /// The tokens, some of them replaced by draws from what the decoder gave for their place.
  private func sampled(_ tokens: [Int32], _ logits: Tensor, _ sampling: Float, _ key: RandomKey) -> [Int32] {
    let draws = key.stream(key.stream + 3).uniform([tokens.count, 2], in: 0..<1).scalars
    let probabilities = logits.detached.logSoftmax().exp()
    let count = probabilities.shape.columns
    return tokens.enumerated().map { row, token in
      guard draws[2 * row] < sampling else { return token }
      var rest = draws[2 * row + 1]
      let p = UnsafePointer(probabilities.pointer + row * count)
      for id in 0..<count {
        rest -= p[id]
        if rest < 0 { return Int32(id) }
      }
      return token
    }
  }
}
