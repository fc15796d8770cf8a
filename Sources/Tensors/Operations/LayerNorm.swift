import CKernels

extension Tensor {
  /// Layer normalisation over the last axis (Ba, Kiros and Hinton 2016).
  ///
  /// - Parameters:
  ///   - scale: `[features]`
  ///   - shift: `[features]`
  ///   - epsilon: added to the variance.
  public func layerNorm(scale: Tensor, shift: Tensor, epsilon: Float = 1e-5) -> Tensor {
    let (x, rows, columns) = (self, shape.rows, shape.columns)
    precondition(scale.shape == [columns] && shift.shape == [columns], "layer norm of \(shape) by \(scale.shape)")
    let statistics = Tensor(shape: [rows, 2])
    let y = Tensor(shape: shape) { y in
      for row in 0..<rows {
        rn_layer_norm_forward(
          x.pointer + row * columns, scale.pointer, shift.pointer, epsilon, y + row * columns,
          statistics.pointer + 2 * row, columns)
      }
    }
    return Tape.record(y, from: [self, scale, shift]) { dy in
      let dscale = Tensor(shape: [columns])
      let dshift = Tensor(shape: [columns])
      let dx = Tensor(shape: x.shape) { dx in
        for row in 0..<rows {
          rn_layer_norm_backward(
            x.pointer + row * columns, scale.pointer, statistics.pointer + 2 * row, dy.pointer + row * columns,
            dx + row * columns, dscale.pointer, dshift.pointer, columns)
        }
      }
      return [dx, dscale, dshift]
    }
  }
}
