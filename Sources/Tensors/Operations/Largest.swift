extension Tensor {
  /// The index of the largest element of each row: the most probable class. The first among equals.
  public func indicesOfLargest() -> [Int32] {
    let columns = shape.columns
    return (0..<shape.rows).map { row in
      let x = pointer + row * columns
      return Int32((0..<columns).reduce(0) { x[$1] > x[$0] ? $1 : $0 })
    }
  }
}
