import CKernels

// Products of the matrices of each item of a batch, where the second matrix has as many rows as the item has steps: what
// attention is made of. Padded steps are never computed with, so an item has the same bits in any company.

extension Tensor {
  /// y[b, u, t] = sum over k of x[b, u, k] * other[b, t, k]: how much each of the queries and each of the steps agree.
  ///
  /// - Parameters:
  ///   - other: `[batch, time, features]`
  ///   - lengths: steps of each item; nil if all have `time`.
  /// - Returns: `[batch, queries, time]` for this tensor's `[batch, queries, features]`, zero at padded steps.
  public func innerProducts(_ other: Tensor, lengths: [Int32]? = nil) -> Tensor {
    precondition(
      shape.rank == 3 && other.shape.rank == 3 && shape[0] == other.shape[0] && shape[2] == other.shape[2],
      "inner products of \(shape) and \(other.shape)")
    let products = BatchedProducts(batch: shape[0], queries: shape[1], time: other.shape[1], lengths: lengths)
    let (a, b) = (self, other)
    return Tape.record(products.inner(a, b), from: [a, b]) { d in
      [a.slot == nil ? nil : products.mix(d, b), b.slot == nil ? nil : products.spread(d, a)]
    }
  }

  /// y[b, u, k] = sum over t of x[b, u, t] * values[b, t, k]: the steps, mixed by weights.
  ///
  /// - Parameters:
  ///   - values: `[batch, time, features]`
  ///   - lengths: steps of each item; nil if all have `time`. Weights of padded steps have no influence.
  /// - Returns: `[batch, queries, features]` for this tensor's `[batch, queries, time]`.
  public func mixing(_ values: Tensor, lengths: [Int32]? = nil) -> Tensor {
    precondition(
      shape.rank == 3 && values.shape.rank == 3 && shape[0] == values.shape[0] && shape[2] == values.shape[1],
      "\(shape) weights of values \(values.shape)")
    let products = BatchedProducts(batch: shape[0], queries: shape[1], time: values.shape[1], lengths: lengths)
    let (weights, values) = (self, values)
    return Tape.record(products.mix(weights, values), from: [weights, values]) { d in
      [
        weights.slot == nil ? nil : products.inner(d, values),
        values.slot == nil ? nil : products.spread(weights, d),
      ]
    }
  }

  /// The softmax of each row over the steps of its item.
  ///
  /// - Parameter lengths: steps of each item; nil if all have `time`.
  /// - Returns: of this tensor's shape `[batch, queries, time]`, zero at padded steps.
  public func softmax(lengths: [Int32]? = nil) -> Tensor {
    precondition(shape.rank == 3, "\(shape) is not [batch, queries, time]")
    let (shape, queries, time) = (shape, shape[1], shape[2])
    let length: @Sendable (Int) -> Int = { row in lengths.map { Int($0[row / max(1, queries)]) } ?? time }
    let y = Tensor(shape: shape) { y in
      forEachRow(shape.rows, columns: time) { row in
        let y = y + row * time
        rn_softmax(pointer + row * time, y, length(row))
        rn_fill(y + length(row), 0, time - length(row))
      }
    }
    return Tape.record(y, from: [self]) { dy in
      // dx = y (dy - sum of y dy)
      let dx = Tensor(shape: shape) { dx in
        forEachRow(shape.rows, columns: time) { row in
          let (start, count) = (row * time, length(row))
          let sum = rn_dot(y.pointer + start, dy.pointer + start, count)
          rn_multiply(y.pointer + start, dy.pointer + start, dx + start, count)
          rn_add_scaled(y.pointer + start, Float(-sum), dx + start, count)
          rn_fill(dx + start + count, 0, time - count)
        }
      }
      return [dx]
    }
  }
}

/// The three products of which two are the derivatives of the third, whichever that is.
private struct BatchedProducts: Sendable {
  let batch: Int
  let queries: Int
  let time: Int
  let lengths: [Int32]?
  let precision = Precision.current

  init(batch: Int, queries: Int, time: Int, lengths: [Int32]?) {
    precondition(lengths == nil || lengths?.count == batch, "\(lengths?.count ?? 0) lengths for a batch of \(batch)")
    precondition(lengths?.allSatisfy { $0 >= 0 && $0 <= time } ?? true, "a length is not from 0 to \(time)")
    (self.batch, self.queries, self.time, self.lengths) = (batch, queries, time, lengths)
  }

  private func forEachItem(_ body: (_ item: Int, _ length: Int) -> Void) {
    ThreadPool.shared.forEach(batch) { item in body(item, lengths.map { Int($0[item]) } ?? time) }
  }

  /// a `[batch, queries, k]`, b `[batch, time, k]`: `[batch, queries, time]`
  func inner(_ a: Tensor, _ b: Tensor) -> Tensor {
    let k = a.shape[2]
    return Tensor(shape: [batch, queries, time]) { y in
      forEachItem { item, length in
        let y = y + item * queries * time
        for u in 0..<queries { rn_fill(y + u * time + length, 0, time - length) }
        guard length > 0 else { return }
        let packed = PackedMatrix(
          transposing: b.pointer + item * time * k, n: length, k: k, stride: k, precision)
        multiply(a.pointer + item * queries * k, stride: k, packed, into: y, stride: time)
      }
    }
  }

  /// w `[batch, queries, time]`, v `[batch, time, k]`: `[batch, queries, k]`
  func mix(_ w: Tensor, _ v: Tensor) -> Tensor {
    let k = v.shape[2]
    return Tensor(shape: [batch, queries, k]) { y in
      forEachItem { item, length in
        let y = y + item * queries * k
        guard length > 0 else { return rn_fill(y, 0, queries * k) }
        let packed = PackedMatrix(
          RowPointers(v.pointer + item * time * k, count: length, stride: k), n: k, precision)
        multiply(w.pointer + item * queries * time, stride: time, packed, into: y, stride: k)
      }
    }
  }

  /// w `[batch, queries, time]`, x `[batch, queries, k]`: `[batch, time, k]`, zero at padded steps.
  func spread(_ w: Tensor, _ x: Tensor) -> Tensor {
    let k = x.shape[2]
    return Tensor(shape: [batch, time, k]) { y in
      forEachItem { item, length in
        let y = y + item * time * k
        rn_fill(y + length * k, 0, (time - length) * k)
        guard length > 0 else { return }
        Matmul.multiplyTransposed(
          RowPointers(w.pointer + item * queries * time, count: queries, stride: time), m: length,
          RowPointers(x.pointer + item * queries * k, count: queries, stride: k), n: k, into: y, precision)
      }
    }
  }

  /// y = a B for the rows of one item.
  private func multiply(
    _ a: UnsafePointer<Float>, stride: Int, _ b: PackedMatrix, into y: UnsafeMutablePointer<Float>,
    stride outputStride: Int
  ) {
    let rows = RowPointers(a, count: queries, stride: stride)
    let outputs = RowPointers(y, count: queries, stride: outputStride)
    b.multiply(
      rows.pointers, count: queries, columns: 0..<b.n, into: outputs.mutablePointers, at: 0, accumulate: false)
    withExtendedLifetime((rows, outputs)) {}
  }
}
