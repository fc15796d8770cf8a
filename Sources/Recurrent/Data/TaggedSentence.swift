/// The tokens of a sentence, what stands beside them, and where.
public struct TaggedSentence: Sendable, Hashable {
  public var tokens: [String]
  /// As many as tokens, or none if no tags were read.
  public var tags: [String]
  /// The line of each token in its file, from 1.
  public var lines: [Int]

  public init(tokens: [String], tags: [String], lines: [Int]) {
    self.tokens = tokens
    self.tags = tags
    self.lines = lines
  }
}

/// A tag that its scheme does not allow where it stands, and what it is read as.
public struct TagViolation: Sendable, Hashable, CustomStringConvertible {
  public var path: String
  public var line: Int
  public var scheme: TagScheme
  public var tag: String
  /// The tags beside it; nil at the start and the end of the sentence.
  public var previous: String?
  public var next: String?
  public var repaired: String

  public var description: String {
    let place = "\(previous.map { "after \($0)" } ?? "at the start") and \(next.map { "before \($0)" } ?? "at the end")"
    return "\(path):\(line): \(tag) \(place) is not \(scheme.rawValue.uppercased()); read as \(repaired)"
  }
}
