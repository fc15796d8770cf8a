/// Which tags may follow each other, and which may begin and end a sequence, as schemes like IOB2 and IOBES say.
public struct AllowedTransitions: Sendable, Hashable {
  public let tags: Int
  /// Row from, column to; the last row is the start, the last column the end.
  private let table: [Bool]

  /// - Parameter allows: true if `to` may follow `from`; nil is the start of the sequence as `from`, and its end as `to`.
  ///   Where a sequence of some length has no allowed path at all, nothing sensible can be learned or decoded for it.
  public init(tags: Int, _ allows: (_ from: Int?, _ to: Int?) -> Bool) {
    precondition(tags > 0, "a sequence needs tags")
    self.tags = tags
    let places = (0..<tags).map(Optional.init) + [nil]
    table = places.flatMap { from in places.map { allows(from, $0) } }
  }

  /// True if `to` may follow `from`; nil is the start as `from`, and the end as `to`.
  public func allows(_ from: Int?, _ to: Int?) -> Bool { table[(from ?? tags) * (tags + 1) + (to ?? tags)] }

  /// The index of the first tag that may not stand where it stands, the count if the last one may not be the last, nil if
  /// all is well.
  public func firstViolation(in sequence: some Collection<Int32>) -> Int? {
    var from: Int?
    for (index, tag) in sequence.enumerated() {
      guard allows(from, Int(tag)) else { return index }
      from = Int(tag)
    }
    return sequence.isEmpty || allows(from, nil) ? nil : sequence.count
  }
}
