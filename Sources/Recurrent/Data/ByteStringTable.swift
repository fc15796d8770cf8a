/// Different byte strings, numbered from 0 in the order in which they are first seen. Asking for one allocates nothing.
///
/// Bytes lie one after another in one array, and are found by open addressing. The hash function is seeded anew in each
/// process, so that no text can be made that is slow to read; no number depends on it.
package struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where each string ends in `bytes`.
  private var ends: [Int] = []
  /// The number of a string plus 1, or 0; a power of two of them, at most half of them used.
  private var slots = [UInt32](repeating: 0, count: 64)

  private static let seed = UInt64.random(in: 0 ... .max)
  /// A copy, since a static one is asked each time whether it is there.
  private let seed = Self.seed

  package init() {}

  package var count: Int { ends.count }

  /// The bytes of a string.
  package subscript(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  /// The number of a string, if it is there.
  package func find(_ string: UnsafeRawBufferPointer) -> Int? {
    let index = slots[slot(of: string)]
    return index == 0 ? nil : Int(index) - 1
  }

  /// The number of a string, which is added if it is not there.
  package mutating func insert(_ string: UnsafeRawBufferPointer) -> Int {
    let slot = slot(of: string)
    if slots[slot] > 0 { return Int(slots[slot]) - 1 }
    bytes.append(contentsOf: string)
    ends.append(bytes.count)
    slots[slot] = UInt32(ends.count)
    if 2 * ends.count > slots.count { grow() }
    return ends.count - 1
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: 2 * slots.count)
    for index in ends.indices {
      let place = self[index].withUnsafeBytes { slot(of: $0) }
      slots[place] = UInt32(index + 1)
    }
  }

  /// Where a string is, or where it would be put.
  private func slot(of string: UnsafeRawBufferPointer) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(string)) & mask
    return slots.withUnsafeBufferPointer { slots in
      while slots[slot] > 0, !equals(Int(slots[slot]) - 1, string) { slot = (slot + 1) & mask }
      return slot
    }
  }

  private func equals(_ index: Int, _ string: UnsafeRawBufferPointer) -> Bool {
    let start = index == 0 ? 0 : ends[index - 1]
    guard ends[index] - start == string.count else { return false }
    return bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[start..<ends[index]]).elementsEqual(string) }
  }

  /// Eight bytes at a time, each folded by the two halves of a product.
  private func hash(_ string: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed ^ UInt64(string.count)
    var at = 0
    while at < string.count {
      var word: UInt64 = 0
      if at + 8 <= string.count {
        word = string.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      } else {
        for byte in string[at...].reversed() { word = word << 8 | UInt64(byte) }
      }
      let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      hash = product.high ^ product.low
      at += 8
    }
    return hash ^ hash >> 32
  }
}
