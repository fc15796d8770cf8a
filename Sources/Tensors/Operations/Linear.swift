import CKernels

extension Tensor {
  /// The rows of this tensor, which live as long as the pointers to them.
  package var rowPointers: RowPointers {
    RowPointers(pointer, count: shape.rows, stride: shape.columns, owner: buffer)
  }

  /// y = x W^T + b, as `torch.nn.functional.linear`, in the current precision forward and back.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`
  ///   - bias: `[outputs]`
  ///   - feedback: takes the weight's place on the way back to this tensor, in its shape (feedback alignment, Lillicrap et
  ///     al. 2016); nil for the weight itself, which gives the gradient.
  /// - Returns: `[..., outputs]` for this tensor's `[..., inputs]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil, feedback: Tensor? = nil) -> Tensor {
    let (x, precision) = (self, Precision.current)
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    precondition(shape.columns == inputs, "input \(shape) for a weight of shape \(weight.shape)")
    precondition(bias == nil || bias?.shape == [outputs], "bias for \(outputs) outputs")
    precondition(feedback == nil || feedback?.shape == weight.shape, "feedback for a weight of shape \(weight.shape)")
    let y = Tensor(shape: shape.replacingLast(outputs)) { y in
      let packed = PackedMatrix(transposing: weight.pointer, n: outputs, k: inputs, stride: inputs, precision)
      Matmul.multiply(
        x.rowPointers, packed, into: RowPointers(y, count: shape.rows, stride: outputs), bias: bias?.pointer)
    }
    let (tracksInput, hasBias) = (slot != nil, bias != nil)
    return Tape.record(y, from: [self, weight] + (bias.map { [$0] } ?? [])) { dy in
      let dw = Tensor(shape: weight.shape) {
        Matmul.multiplyTransposed(dy.rowPointers, m: outputs, x.rowPointers, n: inputs, into: $0, precision)
      }
      let dx = tracksInput ? dy.times(feedback ?? weight, shape: x.shape, precision) : nil
      return [dx, dw] + (hasBias ? [dy.columnSums()] : [])
    }
  }

  /// x W for rows x `[..., k]` and W `[k, n]`, outside any tape.
  private func times(_ w: Tensor, shape result: Shape, _ precision: Precision = .float32) -> Tensor {
    Tensor(shape: result) { y in
      Matmul.multiply(
        rowPointers, PackedMatrix(w.rowPointers, n: w.shape[1], precision),
        into: RowPointers(y, count: result.rows, stride: result.columns))
    }
  }

  /// The matrix product of `[..., k]` and `[k, n]`.
  public func matmul(_ w: Tensor) -> Tensor {
    precondition(w.shape.rank == 2 && shape.columns == w.shape[0], "matrix product of \(shape) and \(w.shape)")
    let x = self
    return Tape.record(times(w, shape: shape.replacingLast(w.shape[1])), from: [self, w]) { dy in
      let dx = Tensor(shape: x.shape) { dx in
        let packed = PackedMatrix(transposing: w.pointer, n: w.shape[0], k: w.shape[1], stride: w.shape[1])
        Matmul.multiply(
          dy.rowPointers, packed, into: RowPointers(dx, count: x.shape.rows, stride: x.shape.columns))
      }
      let dw = Tensor(shape: w.shape) {
        Matmul.multiplyTransposed(x.rowPointers, m: w.shape[0], dy.rowPointers, n: w.shape[1], into: $0)
      }
      return [dx, dw]
    }
  }

  /// The sums of the columns, `[columns]`, outside any tape. Rows are added in order within blocks of 1,024, and the
  /// blocks in order: one sequence of additions whatever the number of threads.
  package func columnSums() -> Tensor {
    Tensor(shape: [shape.columns]) {
      ColumnSums.add(pointer, rows: shape.rows, columns: shape.columns, stride: shape.columns, to: $0)
    }
  }
}

package enum ColumnSums {
  private static let block = 1024

  /// sums = the sums of the columns of x `[rows, columns]` with the given row stride.
  package static func add(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    let blocks = (rows + block - 1) / block
    let partial = Buffer(count: max(1, blocks) * columns)
    defer { withExtendedLifetime(partial) {} }
    rn_fill(partial.pointer, 0, max(1, blocks) * columns)
    ThreadPool.shared.forEach(blocks) { b in
      rn_add_columns(
        x + b * block * stride, stride, min(block, rows - b * block), columns, partial.pointer + b * columns)
    }
    rn_fill(sums, 0, columns)
    rn_add_columns(partial.pointer, columns, blocks, columns, sums)
  }
}
