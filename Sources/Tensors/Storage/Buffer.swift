import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A block of floats, 64-byte aligned, from a pool: what a training step gives back, the next one takes, so that after
/// the first step no memory is asked of the system.
///
/// `@unchecked Sendable`: a buffer is shared only by tensors, which write to it when they alone hold it, and by kernels,
/// whose threads write to parts that do not overlap.
package final class Buffer: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  private let capacity: Int

  /// Room for `count` floats of undefined value.
  package init(count: Int) {
    capacity = BufferPool.capacity(for: count)
    pointer = BufferPool.shared.take(capacity)
  }

  deinit { BufferPool.shared.give(pointer, capacity) }
}

/// Free blocks by size.
package final class BufferPool: Sendable {
  package static let shared = BufferPool()

  private struct Free {
    // Addresses, since a pointer is not Sendable. Indexed by size class.
    var blocks: [[UInt]] = Array(repeating: [], count: 4 * 48)
    var allocations = 0
    /// Floats of the blocks that are in use, and the most of them so far.
    var used = 0
    var peak = 0
  }

  private let free = Mutex(Free())

  /// How many blocks were asked of the system since the start: constant once training has warmed up.
  package var allocations: Int { free.withLock { $0.allocations } }

  /// The most bytes of buffers that were in use at a time while `body` ran, beyond those in use before it. Other work at the
  /// same time counts too.
  package func peakBytes(_ body: () throws -> Void) rethrows -> Int {
    let before = free.withLock { free in
      free.peak = free.used
      return free.used
    }
    try body()
    return free.withLock { $0.peak - before } * MemoryLayout<Float>.stride
  }

  /// Four sizes to each power of two, so that at most a quarter is wasted; at least 64 floats.
  package static func capacity(for count: Int) -> Int {
    guard count > 64 else { return 64 }
    let quarter = 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount - 3)
    return (count + quarter - 1) / quarter * quarter
  }

  private static func sizeClass(_ capacity: Int) -> Int {
    let log = Int.bitWidth - (capacity - 1).leadingZeroBitCount
    let quarter = 1 << (log - 3)
    return 4 * log + capacity / quarter % 4
  }

  fileprivate func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let size = Self.sizeClass(capacity)
    let address = free.withLock { free -> UInt? in
      free.used += capacity
      free.peak = max(free.peak, free.used)
      if let address = free.blocks[size].popLast() { return address }
      free.allocations += 1
      return nil
    }
    if let address, let pointer = UnsafeMutablePointer<Float>(bitPattern: address) { return pointer }
    let bytes = capacity * MemoryLayout<Float>.stride
    let hugePage = 1 << 21
    var raw: UnsafeMutableRawPointer?
    guard posix_memalign(&raw, bytes >= hugePage ? hugePage : 64, bytes) == 0, let raw else {
      fatalError("out of memory: \(bytes) bytes for a tensor; try a smaller batch, window or hidden size")
    }
    #if os(Linux)
      if bytes >= hugePage { madvise(raw, bytes, 14 /* MADV_HUGEPAGE */) }
    #endif
    return raw.bindMemory(to: Float.self, capacity: capacity)
  }

  fileprivate func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let address = UInt(bitPattern: pointer)
    free.withLock { free in
      free.used -= capacity
      free.blocks[Self.sizeClass(capacity)].append(address)
    }
  }
}
