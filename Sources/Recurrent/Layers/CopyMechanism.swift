import CKernels
import Tensors

/// Tokens of the source taken over into what is written, unknown words as well (pointer-generator network, See et al.
/// 2017): the next token y has the probability
///
///     p(y) = g softmax(logits)[y] + (1 - g) sum over t with source[t] = y of attention[t],
///
/// where the gate g says how much is written and how much is copied. Ids from the size of the vocabulary on stand for words
/// of one source that the vocabulary does not have.
package enum CopyMechanism {
  /// The mean of -log p(y) in nats over the rows that have a target: one operation on the tape.
  ///
  /// - Parameters:
  ///   - logits: `[batch, steps, vocabulary]`
  ///   - gate: before the sigmoid, `[batch, steps, 1]`
  ///   - attention: `[batch, steps, time]`
  ///   - copies: what each step of each source is as a target, `[batch][up to time]`.
  ///   - targets: row-major `[batch, steps]`; negative ones are left out.
  package static func loss(
    _ logits: Tensor, gate: Tensor, attention: Tensor, copies: [[Int32]], targets: [Int32]
  ) -> Tensor {
    let (rows, vocabulary, time) = (targets.count, logits.shape.columns, attention.shape[2])
    let steps = logits.shape[1]
    precondition(
      logits.shape.rows == rows && gate.count == rows && copies.count * steps == rows,
      "copying for \(logits.shape), \(gate.shape) and \(rows) targets")
    let total = targets.count { $0 >= 0 }
    let scale = total > 0 ? 1 / Double(total) : 0
    // Gradients are made on the way forward, while the softmax is at hand.
    let dlogits = Tensor(shape: logits.shape)
    let dgate = Tensor(shape: gate.shape)
    let dattention = Tensor(shape: attention.shape)
    let losses = Tensor(shape: [rows])
    ThreadPool.shared.forEach(copies.count) { item in
      for row in item * steps..<(item + 1) * steps where targets[row] >= 0 {
        let target = targets[row]
        let softmax = dlogits.pointer + row * vocabulary
        rn_softmax(logits.pointer + row * vocabulary, softmax, vocabulary)
        let weights = attention.pointer + row * time
        let written = target < vocabulary ? Double(softmax[Int(target)]) : 0
        var copied = 0.0
        for (t, id) in copies[item].enumerated() where id == target { copied += Double(weights[t]) }
        let g = 1 / (1 + Double.exp(-Double(gate.pointer[row])))
        let p = max(g * written + (1 - g) * copied, Double(Float.leastNormalMagnitude))
        losses.pointer[row] = Float(-Double.log(p))
        let part = scale * g * written / p
        rn_scale(softmax, Float(part), softmax, vocabulary)
        if target < vocabulary { softmax[Int(target)] -= Float(part) }
        dgate.pointer[row] = Float(-scale / p * (written - copied) * g * (1 - g))
        for (t, id) in copies[item].enumerated() where id == target {
          dattention.pointer[row * time + t] = Float(-scale / p * (1 - g))
        }
      }
    }
    let loss = Tensor(Float(losses.total() * scale))
    return Tape.record(loss, from: [logits, gate, attention]) { dy in
      [dlogits, dgate, dattention].map { dy.scalar == 1 ? $0 : dy.scalar * $0 }
    }
  }

  /// log p of every token of the vocabulary and of `extra` words of the source, outside any tape.
  ///
  /// - Parameters:
  ///   - logits: `[rows, vocabulary]`
  ///   - gate: before the sigmoid, `[rows, 1]`
  ///   - attention: `[rows, time]`
  ///   - copies: for each row, what each step of its source is as a target.
  /// - Returns: `[rows, vocabulary + extra]`
  package static func logProbabilities(
    _ logits: Tensor, gate: Tensor, attention: Tensor, copies: [[Int32]], extra: Int
  ) -> Tensor {
    let (rows, vocabulary, time) = (logits.shape.rows, logits.shape.columns, attention.shape.columns)
    let width = vocabulary + extra
    return Tensor(shape: [rows, width]) { y in
      ThreadPool.shared.forEach(rows) { row in
        let y = y + row * width
        rn_softmax(logits.pointer + row * vocabulary, y, vocabulary)
        let g = Float(1 / (1 + Double.exp(-Double(gate.pointer[row]))))
        rn_scale(y, g, y, vocabulary)
        rn_fill(y + vocabulary, 0, extra)
        for (t, id) in copies[row].enumerated() where id >= 0 {
          y[Int(id)] += (1 - g) * attention.pointer[row * time + t]
        }
        rn_log(y, y, width)
      }
    }
  }
}
