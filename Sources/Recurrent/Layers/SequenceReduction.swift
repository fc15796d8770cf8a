import CKernels
import Tensors

/// Reductions over the steps of each sequence, from `[batch, time, features]` to `[batch, features]`, each one operation
/// on the tape beside its derivative. Sequences are taken one by one, their steps in order.
struct SequenceReduction {
  private let layout: SequenceLayout
  private let features: Int

  init(_ layout: SequenceLayout, features: Int) {
    self.layout = layout
    self.features = features
  }

  /// Calls `body` for each sequence with its first position and its length, on all threads where that pays.
  private static func forEachRow(
    _ layout: SequenceLayout, _ features: Int, _ body: (_ row: Int, _ position: Int, _ length: Int) -> Void
  ) {
    let rowsTogether = max(1, (1 << 14) / max(1, layout.time * features))
    ThreadPool.shared.forEach((layout.batch + rowsTogether - 1) / rowsTogether) { task in
      for row in task * rowsTogether..<min(layout.batch, (task + 1) * rowsTogether) {
        body(row, row * layout.time, layout.length(row))
      }
    }
  }

  /// A tensor of zeros `[batch, time, features]`, and `body` for the steps of each sequence that has any.
  private static func gradient(
    _ layout: SequenceLayout, _ features: Int,
    _ body: (_ row: Int, _ dx: UnsafeMutablePointer<Float>, _ length: Int) -> Void
  ) -> Tensor {
    Tensor(shape: [layout.batch, layout.time, features]) { dx in
      forEachRow(layout, features) { row, position, length in
        rn_fill(dx + position * features, 0, layout.time * features)
        if length > 0 { body(row, dx + position * features, length) }
      }
    }
  }

  private func result(
    _ body: (_ row: Int, _ position: Int, _ length: Int, _ y: UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    Tensor(shape: [layout.batch, features]) { y in
      Self.forEachRow(layout, features) { row, position, length in
        rn_fill(y + row * features, 0, features)
        if length > 0 { body(row, position, length, y + row * features) }
      }
    }
  }

  func last(_ x: Tensor, bidirectional: Bool) -> Tensor {
    let (layout, features) = (layout, features)
    let forward = bidirectional ? features / 2 : features
    let y = result { _, position, length, y in
      y.update(from: x.pointer + (position + length - 1) * features, count: forward)
      (y + forward).update(from: x.pointer + position * features + forward, count: features - forward)
    }
    return Tape.record(y, from: [x]) { dy in
      let dx = Self.gradient(layout, features) { row, dx, length in
        let dy = dy.pointer + row * features
        (dx + (length - 1) * features).update(from: dy, count: forward)
        (dx + forward).update(from: dy + forward, count: features - forward)
      }
      return [dx]
    }
  }

  func mean(_ x: Tensor) -> Tensor {
    let (layout, features) = (layout, features)
    let y = result { _, position, length, y in
      rn_add_columns(x.pointer + position * features, features, length, features, y)
      rn_scale(y, 1 / Float(length), y, features)
    }
    return Tape.record(y, from: [x]) { dy in
      let dx = Self.gradient(layout, features) { row, dx, length in
        for t in 0..<length { rn_scale(dy.pointer + row * features, 1 / Float(length), dx + t * features, features) }
      }
      return [dx]
    }
  }

  /// The gradient goes to the first of equal steps.
  func largest(_ x: Tensor) -> Tensor {
    let (layout, features) = (layout, features)
    var steps = [UInt32](repeating: 0, count: layout.batch * features)
    let y = steps.withUnsafeMutableBufferPointer { steps in
      let steps = steps
      return result { row, position, length, y in
        guard let steps = steps.baseAddress else { return }
        rn_largest_of_columns(
          x.pointer + position * features, features, length, features, y, steps + row * features)
      }
    }
    return Tape.record(y, from: [x]) { [steps] dy in
      let dx = Self.gradient(layout, features) { row, dx, _ in
        for feature in row * features..<(row + 1) * features {
          dx[Int(steps[feature]) * features + feature - row * features] = dy.pointer[feature]
        }
      }
      return [dx]
    }
  }

  /// The sums of the existing steps `[steps, features]`, weighted by the softmax of their scores `[steps, 1]` over each
  /// sequence.
  func weighted(_ steps: Tensor, by scores: Tensor) -> Tensor {
    let (layout, features) = (layout, features)
    var starts = [0]
    for row in 0..<layout.batch { starts.append(starts[row] + layout.length(row)) }
    let weights = Tensor(shape: scores.shape) { weights in
      for row in 0..<layout.batch where layout.length(row) > 0 {
        rn_softmax(scores.pointer + starts[row], weights + starts[row], layout.length(row))
      }
    }
    let y = result { [starts] row, _, length, y in
      for step in starts[row]..<starts[row] + length {
        rn_add_scaled(steps.pointer + step * features, weights.pointer[step], y, features)
      }
    }
    return Tape.record(y, from: [steps, scores]) { [starts] dy in
      let dscores = Tensor(Buffer(count: scores.count), scores.shape)
      let dsteps = Tensor(shape: steps.shape) { dsteps in
        Self.forEachRow(layout, features) { row, _, length in
          let (first, dy) = (starts[row], dy.pointer + row * features)
          var mean = 0.0
          for step in first..<first + length {
            rn_scale(dy, weights.pointer[step], dsteps + step * features, features)
            let slope = rn_dot(steps.pointer + step * features, dy, features)
            mean += Double(weights.pointer[step]) * slope
            dscores.pointer[step] = Float(slope)
          }
          // The derivative of softmax: w_t (s_t - sum over u of w_u s_u)
          for step in first..<first + length {
            dscores.pointer[step] = weights.pointer[step] * Float(Double(dscores.pointer[step]) - mean)
          }
        }
      }
      return [dsteps, dscores]
    }
  }
}
