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

  /// Who takes what, and on how many threads at most.
  enum Plan {
    /// Threads take rows with all their units.
    case rows(threads: Int)
    /// Threads take units with all their rows; one thread takes all there is.
    case units(threads: Int)

    /// True if a thread may take a part of the units: weights are then packed for each gate by itself.
    var cutsUnits: Bool {
      if case .units(let threads) = self { threads > 1 } else { false }
    }
  }

  /// As many threads as the work is worth, and as the pool has to give now.
  ///
  /// - Parameter wholeRows: true if all units of a row must be with one thread.
  static func plan(batch: Int, time: Int, hidden: Int, width: Int, wholeRows: Bool) -> Plan {
    let work = batch * hidden * width
    if wholeRows, batch < 2 * enoughRows {
      return .rows(threads: work * time >= worthTeam ? min(batch, ThreadPool.shared.available) : 1)
    }
    if batch >= 2 * enoughRows { return .rows(threads: work * time >= worthTeam ? batch / enoughRows : 1) }
    let panels = (hidden + Matmul.panelWidth - 1) / Matmul.panelWidth
    return .units(threads: work >= worthBarrier ? min(panels, ThreadPool.shared.available) : 1)
  }

  /// Runs `body` on the threads of a plan.
  static func run(_ plan: Plan, batch: Int, hidden: Int, _ body: (StepShares, borrowing Barrier) -> Void) {
    switch plan {
    case .rows(let threads):
      ThreadPool.shared.team(threads) { member, members in
        let rows = batch * member / members..<batch * (member + 1) / members
        body(StepShares(rows: rows, units: 0..<hidden), Barrier(members: 1))
      }
    case .units(1):
      body(StepShares(rows: 0..<batch, units: 0..<hidden), Barrier(members: 1))
    case .units(let threads):
      // The team may come out smaller than wanted, so the barrier is made for what it is.
      let barriers = (0...threads).map { SharedBarrier(members: $0) }
      let panels = (hidden + Matmul.panelWidth - 1) / Matmul.panelWidth
      ThreadPool.shared.team(threads) { member, members in
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
