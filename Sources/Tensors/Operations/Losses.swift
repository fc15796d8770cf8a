import CKernels

extension Tensor {
  /// The mean softmax cross-entropy in nats of logits `[..., classes]` against `targets`, one for each row.
  ///
  /// The gradient is computed in the same pass and takes the place of the logits where nothing else holds them, so they
  /// are never stored twice. Rows whose target is negative are left out.
  ///
  /// - Parameter count: what the sum is divided by, for rows that are a part of a batch; nil for the number of rows that
  ///   are not left out.
  /// - Precondition: there is a target for each row, below the number of classes.
  public consuming func softmaxCrossEntropy(_ targets: [Int32], dividingBy count: Int? = nil) -> Tensor {
    let (rows, classes) = (shape.rows, shape.columns)
    let divisor = max(1, count ?? targets.reduce(0) { $0 + ($1 < 0 ? 0 : 1) })
    guard slot != nil else { return Tensor(Float(crossEntropies(targets).total() / Double(divisor))) }
    checkTargets(targets)
    var source = Tensor(0)  // stands for the logits on the tape without holding them
    source.slot = slot
    let losses = Tensor(shape: [rows])
    var gradient = consume self
    gradient.slot = nil
    gradient.withUnsafeMutablePointer { logits in
      forEachRow(rows, columns: classes) { row in
        let x = logits + row * classes
        if targets[row] < 0 {
          rn_fill(x, 0, classes)
        } else {
          losses.pointer[row] = rn_cross_entropy_gradient(x, classes, targets[row], 1 / Float(divisor))
        }
      }
    }
    return Tape.record(Tensor(Float(losses.total() / Double(divisor))), from: [source]) { [gradient] dy in
      [dy.scalar == 1 ? gradient : gradient.scaled(by: dy.scalar)]
    }
  }

  /// The softmax cross-entropies in nats of the rows of logits `[..., classes]`, `[rows]`; 0 where the target is negative.
  /// Outside any tape.
  ///
  /// - Precondition: there is a target for each row, below the number of classes.
  public func crossEntropies(_ targets: [Int32]) -> Tensor {
    let (rows, classes) = (shape.rows, shape.columns)
    checkTargets(targets)
    return Tensor(shape: [rows]) { losses in
      forEachRow(rows, columns: classes) { row in
        losses[row] = targets[row] < 0 ? 0 : rn_cross_entropy(pointer + row * classes, classes, targets[row])
      }
    }
  }

  private func checkTargets(_ targets: [Int32]) {
    let (rows, classes) = (shape.rows, shape.columns)
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows of logits")
    precondition(targets.allSatisfy { $0 < classes }, "a target is not below \(classes)")
  }

  /// The mean of the squared differences.
  public func meanSquaredError(_ target: Tensor) -> Tensor {
    let difference = self - target
    return (difference * difference).mean()
  }
}
