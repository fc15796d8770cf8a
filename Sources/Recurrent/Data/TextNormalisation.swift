/// What is done to a text before it is cut into tokens, so that words that mean the same are the same.
public struct TextNormalisation: Sendable, Hashable, Codable {
  /// Letters become small ones.
  public var lowercase: Bool
  /// Every digit becomes 0: a number is known by its length.
  public var digits: Bool
  /// White space comes around everything that is neither letter, digit, mark nor an apostrophe within a word, so that a
  /// word is the same before a comma and before a full stop.
  public var punctuation: Bool
  /// A word of two letters or more, all of them capital, has a token of its own before it, `capitalMark`, which says so
  /// where letters become small ones (Howard and Gugger 2020, section 3.2.3).
  public var capitals: Bool

  public init(lowercase: Bool = false, digits: Bool = false, punctuation: Bool = false, capitals: Bool = false) {
    self.lowercase = lowercase
    self.digits = digits
    self.punctuation = punctuation
    self.capitals = capitals
  }

  /// All of it, as suits words; nothing, as suits characters, bytes and byte pairs.
  public static let words = TextNormalisation(lowercase: true, digits: true, punctuation: true, capitals: true)
  public static let none = TextNormalisation()

  /// The sign on the key for capitals.
  static let capitalMark: Unicode.Scalar = "⇪"

  public func callAsFunction(_ text: String) -> String {
    self == .none ? text : normalised(Array(text.unicodeScalars))
  }

  private func normalised(_ text: [Unicode.Scalar]) -> String {
    var result = String.UnicodeScalarView()
    func apart(_ scalar: Unicode.Scalar) { result.append(contentsOf: [" ", scalar, " "]) }
    var index = 0
    while index < text.count {
      let end = Self.endOfWord(text, from: index)
      if end == index {
        let scalar = text[index]
        if punctuation && !scalar.properties.isWhitespace { apart(scalar) } else { result.append(scalar) }
        index += 1
        continue
      }
      let word = text[index..<end]
      if capitals && Self.isCapital(word) { apart(Self.capitalMark) }
      for scalar in word {
        if digits, scalar.properties.numericType == .decimal {
          result.append("0")
        } else if lowercase {
          result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        } else {
          result.append(scalar)
        }
      }
      index = end
    }
    return String(result)
  }

  /// Where the letters, digits and marks end that begin here, with apostrophes between them.
  private static func endOfWord(_ text: [Unicode.Scalar], from start: Int) -> Int {
    var end = start
    while end < text.count {
      let apostrophe =
        end > start && end + 1 < text.count && (text[end] == "'" || text[end] == "\u{2019}")
        && isLetterOrDigit(text[end + 1])
      guard apostrophe || isLetterOrDigit(text[end]) else { break }
      end += 1
    }
    return end
  }

  /// Two letters or more, none of them small.
  private static func isCapital(_ word: ArraySlice<Unicode.Scalar>) -> Bool {
    var count = 0
    for scalar in word {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter: count += 1
      case .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return false
      default: break
      }
    }
    return count > 1
  }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }
}
