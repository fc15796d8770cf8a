import CKernels

// Operators on tensors of equal shape, and with numbers. Each stands beside its derivative.

/// Calls a kernel on equal parts of `count` elements, on all threads where that pays.
package func forEachPart(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
  let part = 1 << 15
  ThreadPool.shared.forEach((count + part - 1) / part) { body($0 * part, min(part, count - $0 * part)) }
}

/// Calls `body` with each row of a matrix, on all threads where that pays.
func forEachRow(_ rows: Int, columns: Int, _ body: (_ row: Int) -> Void) {
  let part = max(1, (1 << 14) / max(1, columns))
  ThreadPool.shared.forEach((rows + part - 1) / part) { task in
    for row in task * part..<min(rows, (task + 1) * part) { body(row) }
  }
}

extension Tensor {
  /// A tensor of this shape made by a kernel on parts.
  func map(_ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void) -> Tensor {
    Tensor(shape: shape) { result in
      forEachPart(count) { start, count in kernel(pointer + start, result + start, count) }
    }
  }

  /// A tensor made by a kernel from this one and another of its shape.
  func zip(
    _ other: Tensor, _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
    return Tensor(shape: shape) { result in
      forEachPart(count) { start, count in
        kernel(pointer + start, other.pointer + start, result + start, count)
      }
    }
  }

  /// Adds to this tensor in place, outside any tape.
  package mutating func accumulate(_ other: Tensor) {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape) differ")
    let count = count
    withUnsafeMutablePointer { sum in
      forEachPart(count) { start, count in rn_add(sum + start, other.pointer + start, sum + start, count) }
    }
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor {
    Tape.record(a.zip(b, rn_add), from: [a, b]) { [$0, $0] }
  }

  public static func - (a: Tensor, b: Tensor) -> Tensor {
    Tape.record(a.zip(b, rn_subtract), from: [a, b]) { [$0, $0.scaled(by: -1)] }
  }

  /// The elementwise product.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    Tape.record(a.zip(b, rn_multiply), from: [a, b]) { dy in
      [dy.zip(b, rn_multiply), dy.zip(a, rn_multiply)]
    }
  }

  /// The elementwise quotient.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let y = a.zip(b, rn_divide)
    return Tape.record(y, from: [a, b]) { dy in
      let da = dy.zip(b, rn_divide)
      return [da, da.zip(y, rn_multiply).scaled(by: -1)]
    }
  }

  public static func * (factor: Float, a: Tensor) -> Tensor {
    Tape.record(a.scaled(by: factor), from: [a]) { [$0.scaled(by: factor)] }
  }

  public static prefix func - (a: Tensor) -> Tensor { -1 * a }

  /// factor x this, outside any tape.
  func scaled(by factor: Float) -> Tensor { map { rn_scale($0, factor, $1, $2) } }
}
