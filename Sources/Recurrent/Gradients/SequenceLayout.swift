import Tensors

/// Which positions of a batch of sequences exist, and in which order a layer visits them.
package struct SequenceLayout: Sendable {
  package let batch: Int
  package let time: Int
  /// Steps of each sequence; nil if all are `time` long.
  package let lengths: [Int32]?
  /// True if a layer goes from each sequence's own end to its start.
  package let reverse: Bool

  /// - Precondition: as many lengths as sequences, each from 0 to `time`.
  package init(batch: Int, time: Int, lengths: [Int32]? = nil, reverse: Bool = false) {
    precondition(lengths == nil || lengths?.count == batch, "\(lengths?.count ?? 0) lengths for a batch of \(batch)")
    precondition(
      lengths?.allSatisfy { $0 >= 0 && $0 <= time } ?? true, "a length is not between 0 and \(time) steps")
    self.batch = batch
    self.time = time
    self.lengths = lengths
    self.reverse = reverse
  }

  package func length(_ row: Int) -> Int { lengths.map { Int($0[row]) } ?? time }

  /// The time at which a sequence is in its step `step`, or nil if it has ended.
  func time(of step: Int, row: Int) -> Int? {
    let length = length(row)
    guard step < length else { return nil }
    return reverse ? length - 1 - step : step
  }

  /// The time of the step before the one at `time`, or nil at the first, which starts from the initial state.
  func previous(_ time: Int, row: Int) -> Int? {
    if reverse { return time + 1 < length(row) ? time + 1 : nil }
    return time > 0 ? time - 1 : nil
  }

  /// Indices in `[batch * time]` of the positions that exist, in order.
  var positions: [Int] {
    guard lengths != nil else { return Array(0..<batch * time) }
    return (0..<batch).flatMap { row in (0..<length(row)).map { row * time + $0 } }
  }

  /// Calls `body` for the part of each row `[time]` that is padding.
  func forEachPadding(_ body: (_ start: Int, _ count: Int) -> Void) {
    guard lengths != nil else { return }
    for row in 0..<batch where length(row) < time { body(row * time + length(row), time - length(row)) }
  }
}
