import CKernels

extension Tensor {
  /// The mean softmax cross-entropy in nats of logits `[..., classes]` against `targets`, one for each row.
  ///
  /// The gradient is computed in the same pass and takes the place of the logits where nothing else holds them, so they
  /// are never stored twice. Rows whose target is negative are left out.
  ///
  /// - Parameters:
  ///   - classWeights: how much a row of each class counts, for classes of unequal size: the mean is weighted, as that of
  ///     `torch.nn.functional.cross_entropy`. Nil: all the same.
  ///   - count: what the sum is divided by, for rows that are a part of a batch; nil for the sum of the weights of the rows
  ///     that are not left out.
  ///   - smoothing: the part of each target that is shared among all classes alike (label smoothing, Szegedy et al. 2016),
  ///     as PyTorch's `label_smoothing`; from 0 to below 1, and without class weights.
  /// - Precondition: there is a target for each row, below the number of classes, and a weight for each class.
  public consuming func softmaxCrossEntropy(
    _ targets: [Int32], classWeights: [Float]? = nil, dividingBy count: Int? = nil, smoothing: Float = 0
  ) -> Tensor {
    let (rows, classes) = (shape.rows, shape.columns)
    checkTargets(targets)
    precondition(classWeights == nil || classWeights?.count == classes, "class weights for \(classes) classes")
    precondition(smoothing == 0 || classWeights == nil && (0..<1).contains(smoothing), "label smoothing \(smoothing)")
    let ones = Tensor(shape: [smoothing == 0 ? 0 : classes], repeating: 1)
    let weight = { (target: Int32) in target < 0 ? 0 : classWeights?[Int(target)] ?? 1 }
    let total = count.map(Double.init) ?? targets.reduce(0.0) { $0 + Double(weight($1)) }
    let scale = Float(total > 0 ? 1 / total : 0)
    let tracked = slot != nil
    var source = Tensor(0)  // stands for the logits on the tape without holding them
    source.slot = slot
    let losses = Tensor(shape: [rows])
    var gradient = consume self
    gradient.slot = nil
    let work = { (logits: UnsafeMutablePointer<Float>) in
      forEachRow(rows, columns: classes) { row in
        let (x, own) = (logits + row * classes, weight(targets[row]))
        // -log p of the classes on average lies above that of the target by the target's logit less the mean logit.
        var above: Float = 0
        if smoothing > 0, targets[row] >= 0 {
          above = smoothing * (x[Int(targets[row])] - Float(rn_sum(x, classes) / Double(classes)))
        }
        if targets[row] < 0 {
          if tracked { rn_fill(x, 0, classes) }
        } else if tracked {
          losses.pointer[row] = own * rn_cross_entropy_gradient(x, classes, targets[row], own * scale) + above
          guard smoothing > 0 else { return }
          x[Int(targets[row])] += smoothing * scale
          rn_add_scaled(ones.pointer, -smoothing * scale / Float(classes), x, classes)
        } else {
          losses.pointer[row] = own * rn_cross_entropy(x, classes, targets[row]) + above
        }
      }
    }
    if tracked { gradient.withUnsafeMutablePointer(work) } else { work(gradient.pointer) }
    let loss = Tensor(Float(total > 0 ? losses.total() / total : 0))
    return Tape.record(loss, from: [source]) { [gradient] dy in
      [dy.scalar == 1 ? gradient : gradient.scaled(by: dy.scalar)]
    }
  }

  /// The mean over all elements of the binary cross-entropy in nats of logits `[..., labels]`: each label is a question of
  /// its own, and any number of them may be true. As `torch.nn.functional.binary_cross_entropy_with_logits`.
  ///
  /// - Parameters:
  ///   - labels: of the logits' shape, from 0 (false) to 1 (true); constant.
  ///   - positiveWeights: for each label, how many times its true rows count, for labels that are rare. Nil: once.
  public func binaryCrossEntropy(_ labels: Tensor, positiveWeights: [Float]? = nil) -> Tensor {
    let (rows, columns) = (shape.rows, shape.columns)
    precondition(labels.shape == shape, "labels \(labels.shape) for logits \(shape)")
    precondition(positiveWeights == nil || positiveWeights?.count == columns, "weights for \(columns) labels")
    let weights = positiveWeights.map { Tensor($0, shape: [columns]) }
    let scale = 1 / Double(max(1, count))
    var total = 0.0
    let gradient = Tensor(shape: shape) { gradient in
      for row in 0..<rows {
        let start = row * columns
        total += rn_binary_cross_entropy(
          pointer + start, labels.pointer + start, weights?.pointer, Float(scale), gradient + start, columns)
      }
    }
    return Tape.record(Tensor(Float(total * scale)), from: [self]) { [gradient.scaled(by: $0.scalar)] }
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
