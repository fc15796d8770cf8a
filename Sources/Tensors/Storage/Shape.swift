/// The sizes of a tensor's axes, outermost first: at most four, stored in place.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  private var sizes: SIMD4<Int32>
  /// The number of axes, 0 for a scalar.
  public let rank: Int

  /// - Precondition: at most four sizes, each from 0 to 2^31 - 1.
  public init(_ sizes: some Collection<Int>) {
    precondition(sizes.count <= 4, "a tensor has at most four axes, not \(Array(sizes))")
    self.sizes = SIMD4(repeating: 1)
    rank = sizes.count
    for (axis, size) in sizes.enumerated() {
      precondition(size >= 0 && size <= Int32.max, "axis \(axis) of \(Array(sizes)) is out of range")
      self.sizes[axis] = Int32(size)
    }
  }

  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// The size of an axis; a negative axis counts from the end.
  public subscript(axis: Int) -> Int {
    precondition(axis < rank && axis >= -rank, "axis \(axis) of a tensor of shape \(self)")
    return Int(sizes[axis < 0 ? axis + rank : axis])
  }

  /// The number of elements.
  public var count: Int { Int(sizes[0]) * Int(sizes[1]) * Int(sizes[2]) * Int(sizes[3]) }

  /// The size of the last axis, 1 for a scalar.
  public var columns: Int { rank == 0 ? 1 : self[-1] }

  /// The number of rows when every axis but the last is run together.
  public var rows: Int { columns == 0 ? 0 : count / columns }

  public var array: [Int] { (0..<rank).map { self[$0] } }

  /// This shape with another size of its last axis.
  public func replacingLast(_ size: Int) -> Shape { Shape(array.dropLast() + [size]) }

  public var description: String { "[" + array.map(String.init).joined(separator: ", ") + "]" }
}
