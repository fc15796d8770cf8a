/// A named piece of a sentence: tokens from `start` up to, but not with, `end`.
public struct EntitySpan: Sendable, Hashable, Codable {
  public var type: String
  public var start: Int
  public var end: Int

  public init(type: String, start: Int, end: Int) {
    self.type = type
    self.start = start
    self.end = end
  }

  /// The chunks that the tags of a sentence spell, in order, by the rules of the shared tasks' evaluation (conlleval, Tjong
  /// Kim Sang and Buchholz 2000). One reading serves all schemes, and makes something of any tags:
  ///
  /// - a chunk starts at each B and S, and at an I or E after O, after E or S, or after a tag of another type;
  /// - it ends before O, before a tag that starts a chunk, after E and S, and with the sentence.
  public static func spans(in tags: [String]) -> [EntitySpan] {
    var spans: [EntitySpan] = []
    var previous = Tag.outside
    for (index, text) in tags.enumerated() {
      let tag = Tag(text) ?? .outside
      if tag.startsChunk(after: previous) {
        spans.append(EntitySpan(type: String(tag.type), start: index, end: index + 1))
      } else if tag.position != .outside {
        spans[spans.count - 1].end = index + 1
      }
      previous = tag
    }
    return spans
  }
}
