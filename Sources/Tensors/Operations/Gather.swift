import CKernels

extension Tensor {
  /// The rows of this table `[rows, columns]` that the ids name: an embedding, or the product of one-hot vectors with
  /// the table.
  ///
  /// - Parameters:
  ///   - ids: row numbers, as many as `shape` has elements.
  ///   - shape: the axes of the ids, such as `[batch, time]`.
  /// - Returns: `[..., columns]`
  /// - Precondition: each id names a row.
  public func gather(_ ids: [Int32], shape: Shape) -> Tensor {
    let (rows, columns) = (self.shape[0], self.shape[1])
    precondition(ids.count == shape.count, "\(ids.count) ids for shape \(shape)")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < rows }, "an id is not in 0..<\(rows)")
    let result = Tensor(shape: Shape(shape.array + [columns])) { y in
      for (index, id) in ids.enumerated() {
        (y + index * columns).update(from: pointer + Int(id) * columns, count: columns)
      }
    }
    let table = self.shape
    return Tape.record(result, from: [self]) { dy in
      var dx = Tensor(shape: table)
      dx.withUnsafeMutablePointer { Gather.scatterAdd(dy.pointer, ids, columns: columns, to: $0) }
      return [dx]
    }
  }
}

package enum Gather {
  /// table[ids[i]] += x[i] in the order of i, for x `[ids, columns]`: threads take columns, so the order of the additions
  /// to an element never changes.
  package static func scatterAdd(
    _ x: UnsafePointer<Float>, _ ids: [Int32], columns: Int, to table: UnsafeMutablePointer<Float>
  ) {
    let parts = ids.count * columns < 1 << 16 ? 1 : max(1, min(16, columns / 64))
    ThreadPool.shared.forEach(parts) { part in
      let first = columns * part / parts
      let width = columns * (part + 1) / parts - first
      for (index, id) in ids.enumerated() {
        let row = table + Int(id) * columns + first
        rn_add(row, x + index * columns + first, row, width)
      }
    }
  }
}
