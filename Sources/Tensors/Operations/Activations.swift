import CKernels

extension Tensor {
  public func tanh() -> Tensor {
    let y = map(rn_tanh)
    return Tape.record(y, from: [self]) { [y.zip($0, rn_tanh_backward)] }
  }

  public func sigmoid() -> Tensor {
    let y = map(rn_sigmoid)
    return Tape.record(y, from: [self]) { [y.zip($0, rn_sigmoid_backward)] }
  }

  public func relu() -> Tensor {
    let y = map(rn_relu)
    return Tape.record(y, from: [self]) { [y.zip($0, rn_relu_backward)] }
  }

  public func exp() -> Tensor {
    let y = map(rn_exp)
    return Tape.record(y, from: [self]) { [y.zip($0, rn_multiply)] }
  }

  /// The natural logarithm.
  public func log() -> Tensor {
    Tape.record(map(rn_log), from: [self]) { [$0.zip(self, rn_divide)] }
  }

  /// The logarithm of the softmax over the last axis: log-probabilities from logits.
  public func logSoftmax() -> Tensor {
    let (shape, rows, columns) = (shape, shape.rows, shape.columns)
    let y = Tensor(shape: shape) { y in
      forEachRow(rows, columns: columns) { rn_log_softmax(pointer + $0 * columns, 0, y + $0 * columns, columns) }
    }
    return Tape.record(y, from: [self]) { dy in
      // dx = dy - softmax(x) sum(dy)
      let dx = Tensor(shape: shape) { dx in
        forEachRow(rows, columns: columns) { row in
          let (dx, dy) = (dx + row * columns, dy.pointer + row * columns)
          rn_exp(y.pointer + row * columns, dx, columns)
          rn_scale(dx, -Float(rn_sum(dy, columns)), dx, columns)
          rn_add(dx, dy, dx, columns)
        }
      }
      return [dx]
    }
  }
}
