extension Tensor {
  /// The same elements in another shape.
  /// - Precondition: the counts agree.
  public func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "\(self.shape) cannot become \(shape)")
    let old = self.shape
    return Tape.record(Tensor(buffer, shape), from: [self]) { [Tensor($0.buffer, old)] }
  }

  /// Elements `range` of the given axis.
  public func slice(_ range: Range<Int>, axis: Int) -> Tensor {
    let (outer, size, inner) = extents(of: axis)
    precondition(range.lowerBound >= 0 && range.upperBound <= size, "\(range) of axis \(axis) of \(shape)")
    var sizes = shape.array
    sizes[axis < 0 ? axis + shape.rank : axis] = range.count
    let (part, old) = (range.count * inner, shape)
    let result = Tensor(shape: Shape(sizes)) { to in
      for o in 0..<outer {
        (to + o * part).update(from: pointer + (o * size + range.lowerBound) * inner, count: part)
      }
    }
    return Tape.record(result, from: [self]) { dy in
      var dx = Tensor(shape: old)
      dx.withUnsafeMutablePointer { dx in
        for o in 0..<outer {
          (dx + (o * size + range.lowerBound) * inner).update(from: dy.pointer + o * part, count: part)
        }
      }
      return [dx]
    }
  }

  /// Tensors one after another along an axis.
  /// - Precondition: all other axes agree.
  public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    precondition(!tensors.isEmpty, "nothing to concatenate")
    let axis = axis < 0 ? axis + tensors[0].shape.rank : axis
    var sizes = tensors[0].shape.array
    sizes[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    for tensor in tensors {
      var own = tensor.shape.array
      own[axis] = sizes[axis]
      precondition(own == sizes, "\(tensor.shape) does not fit \(tensors[0].shape) along axis \(axis)")
    }
    let (outer, size, inner) = (sizes[..<axis].reduce(1, *), sizes[axis], sizes[(axis + 1)...].reduce(1, *))
    let result = Tensor(shape: Shape(sizes)) { to in
      var start = 0
      for tensor in tensors {
        let part = tensor.shape[axis] * inner
        for o in 0..<outer { (to + o * size * inner + start).update(from: tensor.pointer + o * part, count: part) }
        start += part
      }
    }
    let parts = tensors.map { $0.shape[axis] }
    return Tape.record(result, from: tensors) { dy in
      var start = 0
      return parts.map { part in
        defer { start += part }
        return dy.slice(start..<start + part, axis: axis)
      }
    }
  }

  private func extents(of axis: Int) -> (outer: Int, size: Int, inner: Int) {
    let axis = axis < 0 ? axis + shape.rank : axis
    let sizes = shape.array
    precondition(sizes.indices.contains(axis), "axis \(axis) of a tensor of shape \(shape)")
    return (sizes[..<axis].reduce(1, *), sizes[axis], sizes[(axis + 1)...].reduce(1, *))
  }
}
