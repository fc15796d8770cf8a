/// A tag of a token, such as `B-PER`, taken apart.
struct Tag: Hashable {
  enum Position: Hashable { case outside, begin, inside, end, single }

  let position: Position
  /// What the tag is about, such as `PER`; empty for a bare `B` and the like.
  let type: Substring

  static let outside = Tag(position: .outside, type: "")

  init(position: Position, type: Substring) {
    self.position = position
    self.type = type
  }

  /// Takes the letters of IOB, IOBES, BILOU and BMES. nil for other tags.
  init?(_ text: String) {
    type = text.dropFirst(2)
    guard let letter = text.first, text.count == 1 || text.dropFirst().first == "-" else { return nil }
    switch letter {
    case "O" where text.count == 1: position = .outside
    case "B": position = .begin
    case "I", "M": position = .inside
    case "E", "L": position = .end
    case "S", "U": position = .single
    default: return nil
    }
  }

  /// True if a chunk ends before a tag, or before the end of the sentence (the rules of conlleval).
  func endsChunk(before next: Tag) -> Bool {
    switch position {
    case .outside: false
    case .end, .single: true
    case .begin, .inside:
      next.position == .outside || next.position == .begin || next.position == .single || next.type != type
    }
  }

  /// True if a chunk starts with this tag after another one, or after the start of the sentence.
  func startsChunk(after previous: Tag) -> Bool {
    position != .outside && (previous.position == .outside || previous.endsChunk(before: self))
  }
}
