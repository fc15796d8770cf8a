import CKernels
import Tensors

extension Tensor {
  /// y[b, u, t] = v . tanh(x[b, u] + keys[b, t]), the scores of additive attention: one operation on the tape, which makes
  /// the hyperbolic tangents anew on the way back instead of keeping them.
  ///
  /// - Parameters:
  ///   - keys: `[batch, time, features]`
  ///   - energy: v `[1, features]`
  ///   - lengths: steps of each item; nil if all have `time`.
  /// - Returns: `[batch, queries, time]` for this tensor's `[batch, queries, features]`, zero at padded steps.
  func additiveScores(_ keys: Tensor, energy: Tensor, lengths: [Int32]?) -> Tensor {
    let scores = AdditiveScores(queries: self, keys: keys, energy: energy, lengths: lengths)
    return Tape.record(scores.values(), from: [self, keys, energy]) { scores.derivatives($0) }
  }
}

private struct AdditiveScores: Sendable {
  let x: Tensor
  let keys: Tensor
  let energy: Tensor
  let lengths: [Int32]?
  let batch: Int
  let queries: Int
  let time: Int
  let features: Int

  init(queries x: Tensor, keys: Tensor, energy: Tensor, lengths: [Int32]?) {
    precondition(
      x.shape.rank == 3 && keys.shape.rank == 3 && x.shape[0] == keys.shape[0] && x.shape[2] == keys.shape[2]
        && energy.shape == [1, x.shape[2]], "scores of \(x.shape), \(keys.shape) and \(energy.shape)")
    // Constants: a tensor that the tape holds must not hold the tape.
    (self.x, self.keys, self.energy, self.lengths) = (x.detached, keys.detached, energy.detached, lengths)
    (batch, queries, time, features) = (x.shape[0], x.shape[1], keys.shape[1], x.shape[2])
  }

  private func forEachItem(_ body: (_ item: Int, _ length: Int, _ tangents: UnsafeMutablePointer<Float>) -> Void) {
    ThreadPool.shared.forEach(batch) { item in
      let tangents = Tensor(shape: [time, features])
      body(item, lengths.map { Int($0[item]) } ?? time, tangents.pointer)
      withExtendedLifetime(tangents) {}
    }
  }

  /// tanh(x[b, u] + keys[b, t]) of all steps t, `[time, features]`.
  private func fill(_ tangents: UnsafeMutablePointer<Float>, _ item: Int, _ query: Int, _ length: Int) {
    let q = x.pointer + (item * queries + query) * features
    for t in 0..<length {
      rn_add(q, keys.pointer + (item * time + t) * features, tangents + t * features, features)
    }
    rn_tanh(tangents, tangents, length * features)
  }

  func values() -> Tensor {
    Tensor(shape: [batch, queries, time]) { y in
      forEachItem { item, length, tangents in
        for query in 0..<queries {
          fill(tangents, item, query, length)
          let y = y + (item * queries + query) * time
          for t in 0..<length { y[t] = Float(rn_dot(tangents + t * features, energy.pointer, features)) }
          rn_fill(y + length, 0, time - length)
        }
      }
    }
  }

  /// The gradients of x, keys and v. Those of v are summed over each item by itself, then over the items in order.
  func derivatives(_ dy: Tensor) -> [Tensor?] {
    let dx = Tensor(shape: x.shape)
    let dkeys = Tensor(shape: keys.shape)
    let parts = Tensor(shape: [batch, features])
    forEachItem { item, length, tangents in
      let slope = Tensor(shape: [features])
      for query in 0..<queries {
        fill(tangents, item, query, length)
        let place = item * queries + query
        for t in 0..<length {
          let (d, tangent) = (dy.pointer[place * time + t], tangents + t * features)
          rn_add_scaled(tangent, d, parts.pointer + item * features, features)
          rn_scale(energy.pointer, d, slope.pointer, features)
          rn_tanh_backward(tangent, slope.pointer, slope.pointer, features)
          let (dq, dk) = (dx.pointer + place * features, dkeys.pointer + (item * time + t) * features)
          rn_add(dq, slope.pointer, dq, features)
          rn_add(dk, slope.pointer, dk, features)
        }
      }
      withExtendedLifetime(slope) {}
    }
    return [dx, dkeys, parts.columnSums().reshaped([1, features])]
  }
}
