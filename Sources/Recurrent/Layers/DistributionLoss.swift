import Tensors

extension Tensor {
  /// The mean loss of outcomes under the distributions that this tensor gives: one operation on the tape.
  ///
  /// - Parameters:
  ///   - distribution: takes the last axis of this tensor `[..., parameters]`.
  ///   - targets: an outcome for each row, in units of its scale; NaN for one that is missing, which counts for
  ///     nothing.
  ///   - scales: of each row.
  /// - Returns: the mean over the rows whose outcome is there; 0 where there is none.
  /// - Precondition: there is an outcome and a scale for each row.
  public func distributionLoss(
    _ distribution: any OutputDistribution, targets: [Double], scales: [Double]
  ) -> Tensor {
    let (rows, columns) = (shape.rows, shape.columns)
    precondition(columns == distribution.parameterCount, "\(columns) numbers for a distribution")
    precondition(targets.count == rows && scales.count == rows, "\(targets.count) outcomes for \(rows) rows")
    let present = targets.reduce(0) { $0 + ($1.isNaN ? 0 : 1) }
    let weight = 1 / Double(max(1, present))
    // Each part writes to rows of its own, and its sum to a place of its own; sums are added in order.
    let part = 256
    var sums = [Double](repeating: 0, count: (rows + part - 1) / part)
    let gradient = Tensor(shape: shape) { gradient in
      sums.withUnsafeMutableBufferPointer { sums in
        let sums = sums
        ThreadPool.shared.forEach(sums.count) { index in
          for row in index * part..<min(rows, (index + 1) * part) {
            let start = row * columns
            if targets[row].isNaN {
              (gradient + start).update(repeating: 0, count: columns)
              continue
            }
            let numbers = (0..<columns).map { Double(pointer[start + $0]) }
            let (value, derivative) = distribution.loss(numbers, target: targets[row], scale: scales[row])
            sums[index] += value
            for column in 0..<columns { gradient[start + column] = Float(weight * derivative[column]) }
          }
        }
      }
    }
    let loss = Tensor(Float(sums.reduce(0, +) * weight))
    return Tape.record(loss, from: [self]) { [$0.scalar * gradient] }
  }
}
