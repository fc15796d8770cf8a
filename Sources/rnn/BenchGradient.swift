import Recurrent
import Tensors

extension Bench {
  private static let lengths = [10, 100, 1000, 10_000]

  /// The time and the memory that each gradient method takes for sequences of several lengths.
  func benchGradients() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let model = LanguageModel(configuration, seed: 1)
    StandardOutput.line("method  length  microseconds per step  KiB of buffers")
    for method in GradientMethod.allCases {
      var options = TrainingOptions(batch: batch)
      options.gradient = method
      if let flaw = configuration.flaw(options) {
        StandardOutput.line("\(method.rawValue): left out, for the options ask for \(flaw)")
        continue
      }
      // Once before, so that the pool has what each method needs.
      _ = measure(method, model, length: 10)
      for length in Self.lengths {
        let (seconds, bytes) = measure(method, model, length: length)
        let columns = [
          (method.rawValue, 6), (grouped(length), 8), (fixed(seconds / Double(length) * 1e6, 1), 23),
          (grouped(bytes >> 10), 16),
        ]
        StandardOutput.line(
          columns.enumerated().map { index, column in
            let padding = String(repeating: " ", count: max(0, column.1 - column.0.count))
            return index == 0 ? column.0 + padding : padding + column.0
          }.joined())
        StandardOutput.flush()
      }
    }
  }

  private func measure(_ method: GradientMethod, _ model: LanguageModel, length: Int) -> (seconds: Double, bytes: Int) {
    var (inputs, targets): ([Int32], [Int32]) = ([], [])
    for row in 0..<batch {
      let first = row * (length + 1)
      for position in first..<first + length {
        inputs.append(Int32(position * 7919 % vocabulary))
        targets.append(Int32((position + 1) * 7919 % vocabulary))
      }
    }
    let start = monotonicSeconds()
    let bytes = BufferPool.shared.peakBytes {
      if method == .bptt {
        _ = valueAndGradient(of: model) { model in
          model.loss(
            inputs, targets: targets, batch: batch, time: length, state: model.zeroState(batch: batch)
          ).loss
        }
      } else {
        _ = model.forwardGradients(
          inputs, targets: targets, batch: batch, time: length, state: model.zeroState(batch: batch, gradient: method),
          gradient: method, key: RandomKey(seed: 1), seed: 1)
      }
    }
    return (monotonicSeconds() - start, bytes)
  }
}
