/// How tags spell chunks: a letter for the place in the chunk, a hyphen, and the chunk's type; O outside of chunks.
public enum TagScheme: String, Sendable, Hashable, Codable, CaseIterable {
  /// Each tag stands for itself, such as parts of speech; there are no chunks.
  case plain
  /// I everywhere in a chunk; B only where a chunk follows one of the same type at once (Ramshaw and Marcus 1995).
  case iob1
  /// B at the start of each chunk, I in the rest.
  case iob2
  /// B, I, and E at the end; S for a chunk of one token.
  case iobes
  /// IOBES under the letters B, I, L, O, U.
  case bilou

  /// The scheme that sentences are tagged in.
  ///
  /// Plain if there are no tags with a letter and a hyphen, or more kinds of other tags. Otherwise letters tell, and
  /// between IOB1 and IOB2 whether more chunks that do not touch one of their type start with I or with B.
  public init(detecting sentences: some Sequence<[String]>) {
    var (known, other): (Set<String>, Set<String>) = ([], [])
    var (begins, insides) = (0, 0)
    for tags in sentences {
      var previous = Tag.outside
      for text in tags {
        let tag = Tag(text)
        if tag == nil { other.insert(text) } else { known.insert(text) }
        let current = tag ?? .outside
        if previous.position == .outside || previous.type != current.type {
          begins += current.position == .begin ? 1 : 0
          insides += current.position == .inside ? 1 : 0
        }
        previous = current
      }
    }
    let positions = Set(known.compactMap { Tag($0)?.position })
    if positions.isSubset(of: [.outside]) || other.count >= known.count {
      self = .plain
    } else if positions.isDisjoint(with: [.end, .single]) {
      self = insides > begins ? .iob1 : .iob2
    } else {
      self = known.contains { $0.first == "L" || $0.first == "U" } ? .bilou : .iobes
    }
  }

  /// The tags of a sentence.
  /// - Parameter spans: in order, within `0..<count`, not overlapping.
  public func tags(for spans: [EntitySpan], count: Int) -> [String] {
    var tags = [String](repeating: "O", count: count)
    var previous: EntitySpan?
    for span in spans {
      precondition(span.start >= previous?.end ?? 0 && span.start < span.end && span.end <= count, "\(span)")
      for index in span.start..<span.end {
        tags[index] = letter(index, in: span, after: previous) + (span.type.isEmpty ? "" : "-" + span.type)
      }
      previous = span
    }
    return tags
  }

  private func letter(_ index: Int, in span: EntitySpan, after previous: EntitySpan?) -> String {
    let (first, last) = (index == span.start, index + 1 == span.end)
    switch self {
    case .iob1: return first && previous?.end == span.start && previous?.type == span.type ? "B" : "I"
    case .plain, .iob2: return first ? "B" : "I"
    case .iobes: return first ? (last ? "S" : "B") : (last ? "E" : "I")
    case .bilou: return first ? (last ? "U" : "B") : (last ? "L" : "I")
    }
  }

  /// The same chunks in this scheme, whatever scheme tags were in. Illegal tags are thereby repaired, as conlleval reads
  /// them. Plain tags stay as they are.
  public func converted(_ tags: [String]) -> [String] {
    self == .plain ? tags : self.tags(for: EntitySpan.spans(in: tags), count: tags.count)
  }

  /// Whether one tag may follow another in this scheme; nil stands for the start and the end of the sentence. A tag is
  /// one of those that this scheme has; another may follow nothing.
  public func allows(_ tag: String?, after previous: String?) -> Bool {
    if self == .plain { return true }
    guard let tag = Tag(tag ?? "O"), let previous = Tag(previous ?? "O"), hasLetter(tag), hasLetter(previous) else {
      return false
    }
    let continues = tag.position == .inside || tag.position == .end
    let open = previous.position == .begin || previous.position == .inside
    switch self {
    case .iob1: return tag.position != .begin || (open && previous.type == tag.type)
    case .plain, .iob2: return !continues || (open && previous.type == tag.type)
    case .iobes, .bilou: return continues == open && (!open || previous.type == tag.type)
    }
  }

  private func hasLetter(_ tag: Tag) -> Bool {
    self == .iobes || self == .bilou || (tag.position != .end && tag.position != .single)
  }
}
