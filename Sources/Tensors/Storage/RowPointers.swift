/// Pointers to the rows of a matrix, which need not lie at equal distances: how matrix products see their operands, so
/// that gathered, shifted, reversed and padded sequences are multiplied without being copied.
package struct RowPointers {
  private let buffer: Buffer
  /// What the rows lie in, where that must not go before the pointers to it.
  private let owner: Buffer?
  package let count: Int

  package init(count: Int, owner: Buffer? = nil) {
    self.count = count
    self.owner = owner
    // Two floats have the size of a pointer, or more.
    buffer = Buffer(count: count * 2)
  }

  /// Rows at equal distances.
  package init(_ base: UnsafePointer<Float>, count: Int, stride: Int, owner: Buffer? = nil) {
    self.init(count: count, owner: owner)
    for row in 0..<count { self[row] = base + row * stride }
  }

  package var pointers: UnsafeMutablePointer<UnsafePointer<Float>?> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UnsafePointer<Float>?.self)
  }

  package var mutablePointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>?> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UnsafeMutablePointer<Float>?.self)
  }

  package subscript(row: Int) -> UnsafePointer<Float> {
    get { pointers[row]! }
    nonmutating set { pointers[row] = newValue }
  }
}
