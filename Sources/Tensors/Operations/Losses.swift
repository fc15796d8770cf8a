import CKernels

extension Tensor {
  /// The mean softmax cross-entropy in nats of logits `[..., classes]` against `targets`, one for each row.
  ///
  /// The gradient is computed in the same pass and takes the place of the logits where nothing else holds them, so they
  /// are never stored twice. Rows whose target is negative are left out.
  ///
  /// - Precondition: there is a target for each row, below the number of classes.
  public consuming func softmaxCrossEntropy(_ targets: [Int32]) -> Tensor {
    let (rows, classes) = (shape.rows, shape.columns)
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows of logits")
    precondition(targets.allSatisfy { $0 < classes }, "a target is not below \(classes)")
    let counted = targets.reduce(0) { $0 + ($1 < 0 ? 0 : 1) }
    let scale = 1 / Float(max(1, counted))
    var source = Tensor(0)  // stands for the logits on the tape without holding them
    source.slot = slot
    let tracked = slot != nil
    let losses = Tensor(shape: [rows])
    var gradient = consume self
    gradient.slot = nil
    let part = max(1, (1 << 14) / max(1, classes))
    let work = { (logits: UnsafeMutablePointer<Float>) in
      ThreadPool.shared.forEach((rows + part - 1) / part) { task in
        for row in task * part..<min(rows, (task + 1) * part) {
          let x = logits + row * classes
          if targets[row] < 0 {
            if tracked { rn_fill(x, 0, classes) }
          } else if tracked {
            losses.pointer[row] = rn_cross_entropy_gradient(x, classes, targets[row], scale)
          } else {
            losses.pointer[row] = rn_cross_entropy(x, classes, targets[row])
          }
        }
      }
    }
    if tracked { gradient.withUnsafeMutablePointer(work) } else { work(gradient.pointer) }
    let loss = Tensor(Float(losses.total() / Double(max(1, counted))))
    return Tape.record(loss, from: [source]) { [gradient] dy in
      [dy.scalar == 1 ? gradient : gradient.scaled(by: dy.scalar)]
    }
  }

  /// The mean of the squared differences.
  public func meanSquaredError(_ target: Tensor) -> Tensor {
    let difference = self - target
    return (difference * difference).mean()
  }
}
