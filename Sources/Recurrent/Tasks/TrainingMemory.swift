extension LanguageModelConfiguration {
  /// The resident memory that training takes at its peak, in bytes, within 20 %.
  ///
  /// With P parameters, an optimiser of m moments, B streams, windows of T steps, V tokens, L layers of H units, and for
  /// each unit of a cell the gates, their recurrent sides kept apart, and the state vectors:
  ///
  ///     16 MiB + 1.1 · 4 bytes · ((2 + m) P + 2 W + B T (L H (gates + apart + states) + max(V + 2 H, x H)))
  ///
  /// Parameters, their gradient and moments stay for the whole run. Each layer keeps its activations until the way back,
  /// where gradients take their place. Beside them are alive, at the output layer, the logits, the gradient of what it reads
  /// and the right operand of its weights' gradient; then, at a recurrent layer, x = 4 vectors for each position: the
  /// gradients of its output and of its input, and the right operands of its two weights' gradients; 3 where its input is
  /// looked up. W is the largest weight matrix, packed for the way forward and back. Buffers come in four sizes to each
  /// power of two, which is the factor 1.1 on average.
  ///
  /// - Parameters:
  ///   - batch: streams side by side, B.
  ///   - time: steps of a window, T.
  public func trainingMemory(batch: Int, time: Int, optimizer: OptimizerMethod) -> Int {
    let cell = cell.cell
    let width = cell.gates * hidden
    let input = embedding > 0 ? embedding : vocabulary
    let recurrent = width * (input + hidden + 2) + (layers - 1) * width * (2 * hidden + 2)
    let parameters = vocabulary * (embedding + (tied ? 0 : hidden) + 1) + recurrent
    let largest = max(width * max(embedding, hidden), vocabulary * hidden)
    let kept = layers * hidden * (cell.gates + cell.apartGates + cell.states)
    let passing = max(vocabulary + 2 * hidden, (embedding > 0 || layers > 1 ? 4 : 3) * hidden)
    let floats = (2 + optimizer.stateCount) * parameters + 2 * largest + batch * time * (kept + passing)
    return 16 << 20 + Int(1.1 * 4 * Double(floats))
  }
}
