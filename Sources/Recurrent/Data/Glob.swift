/// A pattern for file names: `*` and `?` stand for characters other than a slash, `[a-z]` for one of a set (`[!a-z]` for
/// one outside it), `**` for any characters. A pattern without a slash is matched against the name, any other against the
/// path below the folder that is searched.
public struct Glob: Sendable, Hashable {
  public let pattern: String
  private let characters: [Character]

  public init(_ pattern: String) {
    self.pattern = pattern
    characters = Array(pattern)
  }

  /// - Parameter path: relative to the folder that is searched.
  public func matches(_ path: String) -> Bool {
    let text =
      characters.contains("/") ? path : path.split(separator: "/").last.map(String.init) ?? path
    return Self.match(characters[...], Array(text)[...])
  }

  private static func match(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    var (pattern, text) = (pattern, text)
    while let first = pattern.first {
      if first == "*" {
        let rest = pattern.drop { $0 == "*" }
        let crossesFolders = pattern.count - rest.count > 1
        // `**/` also stands for no folder at all.
        if crossesFolders, rest.first == "/", match(rest.dropFirst(), text) { return true }
        for index in text.indices {
          if match(rest, text[index...]) { return true }
          if text[index] == "/" && !crossesFolders { return false }
        }
        return rest.isEmpty
      }
      guard let character = text.first else { return false }
      if first == "[", let set = CharacterSet(pattern) {
        guard set.contains(character) else { return false }
        pattern = pattern[set.end...]
      } else {
        guard first == character || (first == "?" && character != "/") else { return false }
        pattern = pattern.dropFirst()
      }
      text = text.dropFirst()
    }
    return text.isEmpty
  }

  /// `[...]` at the start of a pattern.
  private struct CharacterSet {
    private let negated: Bool
    private let body: [Character]
    let end: Int

    init?(_ pattern: ArraySlice<Character>) {
      var start = pattern.startIndex + 1
      negated = start < pattern.endIndex && (pattern[start] == "!" || pattern[start] == "^")
      if negated { start += 1 }
      // A bracket at once after the opening one stands for itself.
      guard start < pattern.endIndex, let close = pattern[(start + 1)...].firstIndex(of: "]") else { return nil }
      body = Array(pattern[start..<close])
      end = close + 1
    }

    func contains(_ character: Character) -> Bool {
      var index = 0
      var found = false
      while index < body.count {
        if index + 2 < body.count, body[index + 1] == "-" {
          found = found || (body[index] <= character && character <= body[index + 2])
          index += 3
        } else {
          found = found || body[index] == character
          index += 1
        }
      }
      return found != negated
    }
  }
}
