import Tensors

/// How the threads of a team share the steps of a sequence.
///
/// Rows of a batch never meet in a recurrence, so with enough rows each thread takes some of them through all steps and
/// waits for nobody. With few rows the threads share the units instead, each reading only its part of the weights, and
/// meet after every step. Either way every number is computed by the same operations in the same order.
struct StepShares {
  let rows: Range<Int>
  let units: Range<Int>

  /// Rows that make a thread's part of the weights worth reading.
  private static let enoughRows = 16
  /// Multiply-adds of one step, or of a whole sequence, below which one thread does the work alone.
  private static let worthBarrier = 1 << 16
  private static let worthTeam = 1 << 17

  /// True if threads take rows with all their units, false if they take units with all their rows.
  static func sharesRows(batch: Int) -> Bool { batch >= 2 * enoughRows }

  /// Runs `body` on as many threads as the work is worth.
  static func run(
    batch: Int, time: Int, hidden: Int, width: Int, _ body: (StepShares, borrowing Barrier) -> Void
  ) {
    let work = batch * hidden * width
    if sharesRows(batch: batch) {
      let wanted = work * time >= worthTeam ? batch / enoughRows : 1
      ThreadPool.shared.team(wanted) { member, members in
        let rows = batch * member / members..<batch * (member + 1) / members
        body(StepShares(rows: rows, units: 0..<hidden), Barrier(members: 1))
      }
    } else {
      let panels = (hidden + Matmul.panelWidth - 1) / Matmul.panelWidth
      let wanted = work >= worthBarrier ? min(panels, ThreadPool.shared.threads) : 1
      guard wanted > 1 else {
        return body(StepShares(rows: 0..<batch, units: 0..<hidden), Barrier(members: 1))
      }
      // The team may come out smaller than wanted, so the barrier is made for what it is.
      let barriers = (0...wanted).map { SharedBarrier(members: $0) }
      ThreadPool.shared.team(wanted) { member, members in
        let first = panels * member / members * Matmul.panelWidth
        let last = min(hidden, panels * (member + 1) / members * Matmul.panelWidth)
        body(StepShares(rows: 0..<batch, units: first..<last), barriers[members].barrier)
      }
    }
  }

  private final class SharedBarrier: Sendable {
    let barrier: Barrier
    init(members: Int) { barrier = Barrier(members: members) }
  }
}
