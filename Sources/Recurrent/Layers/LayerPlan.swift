import Tensors

/// Which kernels a layer runs, and how threads share them: what `rnn bench --explain` prints.
public struct LayerPlan: Sendable {
  public let cell: any Cell
  public let options: LayerOptions
  public let hidden: Int

  public init(cell: any Cell, options: LayerOptions = LayerOptions(), hidden: Int) {
    (self.cell, self.options, self.hidden) = (cell, options, hidden)
  }

  /// - Parameters:
  ///   - training: with the way back.
  ///   - streaming: one step of one sequence at a time.
  public func lines(batch: Int, time: Int, training: Bool, streaming: Bool) -> [String] {
    let gates = "\(cell.gates) × \(hidden) gates"
    let outputs = options.projection ?? hidden
    var lines = [
      streaming
        ? "x W_ih: a row of a table for a token, otherwise a product of one row, \(gates)"
        : "x W_ih: matmul for all steps at once, or a row of a table for each token, \(gates)"
    ]
    if training, options.weightDrop > 0 { lines.append("W_hh: random_mask and multiply, once for a window") }
    if cell.readsOutput {
      let product = streaming ? "a product of one row" : "matmul from packed weights"
      lines.append("h W_hh: \(product), \(outputs) × \(gates), each step")
    }
    if options.layerNorm { lines.append("both sides: layer_norm_forward\(training ? ", layer_norm_backward" : "")") }
    lines.append("cell: \(cell.kernels)")
    if options.projection != nil { lines.append("h = m W_hr: matmul, \(hidden) × \(outputs), each step") }
    if options.zones {
      lines.append("states: zoneout_forward\(training ? ", zoneout_backward, random_mask once for a window" : "")")
    }
    guard !streaming else { return lines }
    let plan = StepShares.plan(
      batch: batch, time: time, hidden: hidden, width: cell.gates * hidden, wholeRows: options.needsWholeRows)
    switch plan {
    case .rows(let threads):
      lines.append(
        "threads share rows of the batch through all steps: up to \(min(threads, ThreadPool.shared.threads))")
    case .units(1): lines.append("one thread: a step is too little work to share")
    case .units(let threads): lines.append("threads share units and meet after each step: up to \(threads)")
    }
    return lines
  }
}
