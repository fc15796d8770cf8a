import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Waiting for a moment that is near, without going to sleep.
package enum Spin {
  /// Returns when `ready` does; gives the processor away now and then, should the other thread have none.
  @inline(__always)
  package static func until(_ ready: () -> Bool) {
    var tries = 0
    while !ready() {
      tries += 1
      if tries % 2048 == 0 { sched_yield() } else { rn_pause() }
    }
  }
}

/// A point that all members of a team reach before any goes on.
package struct Barrier: ~Copyable {
  private let members: Int
  private let arrived = Atomic(0)
  private let phase = Atomic(0)

  package init(members: Int) { self.members = members }

  package borrowing func wait() {
    guard members > 1 else { return }
    let current = phase.load(ordering: .relaxed)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == members {
      arrived.store(0, ordering: .relaxed)
      phase.store(current + 1, ordering: .releasing)
    } else {
      Spin.until { phase.load(ordering: .acquiring) != current }
    }
  }
}
