import Tensors

extension LanguageModelConfiguration {
  /// The resident memory that training takes at its peak, in bytes, within 20 %.
  ///
  /// With P parameters, an optimiser of m moments, B streams, windows of T steps, Y logits for each position, L layers of
  /// H units, and for each unit of a cell the gates, their recurrent sides kept apart, and the state vectors:
  ///
  ///     16 MiB + 1.05 · 4 bytes · ((2 + m) P + 2 W - min(E, W) + B T (L H (gates + apart + states) + max(Y + 2 H, x H)))
  ///
  /// Parameters, their gradient and moments stay for the whole run. Each layer keeps its activations until the way back,
  /// where gradients take their place. Beside them are alive, at the output layer, the logits, the gradient of what it reads
  /// and the right operand of its weights' gradient; then, at a recurrent layer, x = 4 vectors for each position: the
  /// gradients of its output and of its input, and the right operands of its two weights' gradients; 3 where its input is
  /// looked up. W is the largest weight matrix, packed for the way forward and back. The gradient of the embedding E comes last,
  /// in the place of a packed matrix. Buffers come in four sizes to each power of two; of what a buffer does not use only that
  /// is resident which another has used, 0.05 of all by measurement. A full softmax has a logit for each token of the vocabulary, an
  /// adaptive one those of the head and, for as many positions as have their target there, those of each cluster: the n-th
  /// most frequent word is taken to be one in n (Zipf).
  ///
  /// - Parameters:
  ///   - batch: streams side by side, B.
  ///   - time: steps of a window, T.
  public func trainingMemory(batch: Int, time: Int, optimizer: OptimizerMethod) -> Int {
    let cell = cell.cell
    let sizes = LanguageModel.parameterShapes(self).mapValues { $0.reduce(1, *) }
    let parameters = sizes.values.reduce(0, +)
    let lookedUp = embedding == 0 ? "rnn.weight_ih_l0" : tied ? nil : "embedding.weight"
    let largest = sizes.filter { $0.key != lookedUp }.values.max() ?? 0
    let kept = layers * (hidden * (cell.gates + cell.apartGates + cell.states) + keptBesideCells)
    let passing = max(logits + 2 * hidden, (embedding > 0 || layers > 1 ? 4 : 3) * hidden)
    let reused = min(sizes["embedding.weight"] ?? 0, largest)
    let floats = (2 + optimizer.stateCount) * parameters + 2 * largest - reused + batch * time * (kept + passing)
    return 16 << 20 + Int(1.05 * 4 * Double(floats))
  }

  /// Floats that a layer keeps for each position because of what it does beside its cell: both normalised sides; what the cell
  /// gave and the masks of zoneout; what is projected, and the gradient of what it becomes.
  private var keptBesideCells: Int {
    guard let layer else { return 0 }
    let cell = cell.cell
    return (layer.layerNorm ? 2 * cell.gates * hidden : 0) + (layer.zones ? 2 * cell.states * hidden : 0)
      + (layer.projection.map { 2 * $0 } ?? 0)
  }

  /// Logits that training keeps for each position, on average.
  private var logits: Int {
    guard case .adaptive(let cutoffs) = softmax else { return vocabulary }
    let rows = AdaptiveSoftmax.members(cutoffs, vocabulary).map { members in
      Double(members.count) * Double.log(Double(members.upperBound + 1) / Double(members.lowerBound + 1))
    }
    return cutoffs[0] + cutoffs.count + Int(rows.reduce(0, +) / Double.log(Double(vocabulary + 1)))
  }
}
