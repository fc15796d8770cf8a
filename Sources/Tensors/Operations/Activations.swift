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
}
