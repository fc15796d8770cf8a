import CKernels

/// Float32 numbers in row-major order, contiguous, with value semantics.
///
/// A tensor that `valueAndGradient(of:_:)` tracks remembers where it stands on the tape; what is computed from it is
/// tracked too. Other tensors record nothing.
public struct Tensor: Sendable {
  public let shape: Shape
  package private(set) var buffer: Buffer
  package var slot: Tape.Slot?

  /// A tensor over a buffer that the caller has filled.
  package init(_ buffer: Buffer, _ shape: Shape) {
    self.buffer = buffer
    self.shape = shape
  }

  /// A tensor whose elements `fill` writes; they are undefined before.
  package init(shape: Shape, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    self.init(Buffer(count: shape.count), shape)
    try fill(buffer.pointer)
  }

  public init(shape: Shape, repeating value: Float = 0) {
    self.init(shape: shape) { rn_fill($0, value, shape.count) }
  }

  /// - Precondition: there are as many scalars as the shape has elements.
  public init(_ scalars: some Collection<Float>, shape: Shape) {
    precondition(scalars.count == shape.count, "\(scalars.count) scalars for a tensor of shape \(shape)")
    self.init(shape: shape) { pointer in
      _ = UnsafeMutableBufferPointer(start: pointer, count: shape.count).update(from: scalars)
    }
  }

  public init(_ scalar: Float) { self.init(shape: [], repeating: scalar) }

  public var count: Int { shape.count }

  /// The elements in row-major order, copied.
  public var scalars: [Float] { Array(UnsafeBufferPointer(start: buffer.pointer, count: count)) }

  /// The only element.
  /// - Precondition: there is exactly one.
  public var scalar: Float {
    precondition(count == 1, "a tensor of shape \(shape) is not a scalar")
    return buffer.pointer[0]
  }

  /// Calls `body` with the elements, for reading.
  public func withUnsafePointer<R>(_ body: (UnsafePointer<Float>) throws -> R) rethrows -> R {
    defer { withExtendedLifetime(buffer) {} }
    return try body(buffer.pointer)
  }

  /// Calls `body` with the elements, for writing; copies them first if another tensor shares them.
  public mutating func withUnsafeMutablePointer<R>(
    _ body: (UnsafeMutablePointer<Float>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&buffer) {
      let copy = Buffer(count: count)
      copy.pointer.update(from: buffer.pointer, count: count)
      buffer = copy
    }
    defer { withExtendedLifetime(buffer) {} }
    return try body(buffer.pointer)
  }

  /// The same elements under no tape: a constant for the gradient.
  public var detached: Tensor { Tensor(buffer, shape) }

  package var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
}

extension Tensor: Equatable, CustomStringConvertible {
  /// Equal shapes and equal elements, as floats compare.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    left.shape == right.shape && (0..<left.count).allSatisfy { left.pointer[$0] == right.pointer[$0] }
  }

  public var description: String {
    let shown = (0..<min(count, 12)).map { "\(pointer[$0])" }.joined(separator: ", ")
    return "Tensor\(shape)(\(shown)\(count > 12 ? ", ..." : ""))"
  }
}
