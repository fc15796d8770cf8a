extension Tensor {
  /// Sets elements to zero with the given probability and divides the others by the probability to stay
  /// (Srivastava et al. 2014).
  ///
  /// - Parameters:
  ///   - rate: the probability of zero, from 0 up to but not including 1.
  ///   - key: decides which; each call of a step needs a stream of its own.
  ///   - locked: one mask for all time steps of `[batch, time, features]` (Gal and Ghahramani 2016).
  public func dropout(_ rate: Float, key: RandomKey, locked: Bool = false) -> Tensor {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is not in 0..<1")
    guard rate > 0 else { return self }
    guard locked else { return self * key.mask(shape, keep: 1 - rate) }
    precondition(shape.rank == 3, "locked dropout needs [batch, time, features], not \(shape)")
    let (batch, time, features) = (shape[0], shape[1], shape[2])
    let one = key.mask([batch, features], keep: 1 - rate)
    let mask = Tensor(shape: shape) { mask in
      for row in 0..<batch * time {
        (mask + row * features).update(from: one.pointer + row / time * features, count: features)
      }
    }
    return self * mask
  }
}
