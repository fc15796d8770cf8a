import CKernels

extension Tensor {
  /// The sum of all elements in double precision, in an order that depends on the shape alone.
  package func total(_ kernel: (UnsafePointer<Float>, Int) -> Double = { rn_sum($0, $1) }) -> Double {
    let part = 1 << 15
    let parts = (count + part - 1) / part
    if parts <= 1 { return kernel(pointer, count) }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: parts) { sums in
      let sums = sums.baseAddress!
      ThreadPool.shared.forEach(parts) { sums[$0] = kernel(pointer + $0 * part, min(part, count - $0 * part)) }
      return (0..<parts).reduce(0) { $0 + sums[$1] }
    }
  }

  /// The sum of the squares of all elements.
  package var sumOfSquares: Double { total { rn_sum_squares($0, $1) } }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor {
    let shape = shape
    return Tape.record(Tensor(Float(total())), from: [self]) { [Tensor(shape: shape, repeating: $0.scalar)] }
  }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { (1 / Float(count)) * sum() }
}
