/// What is done to a text before it is cut into tokens, so that words that mean the same are the same.
public struct TextNormalisation: Sendable, Hashable, Codable {
  /// Letters become small ones.
  public var lowercase: Bool
  /// Every digit becomes 0: a number is known by its length.
  public var digits: Bool
  /// White space comes around everything that is neither letter, digit, mark nor an apostrophe within a word, so that a
  /// word is the same before a comma and before a full stop.
  public var punctuation: Bool

  public init(lowercase: Bool = false, digits: Bool = false, punctuation: Bool = false) {
    self.lowercase = lowercase
    self.digits = digits
    self.punctuation = punctuation
  }

  /// All of it, as suits words; nothing, as suits characters, bytes and byte pairs.
  public static let words = TextNormalisation(lowercase: true, digits: true, punctuation: true)
  public static let none = TextNormalisation()

  /// - Returns: the text, and for each of its Unicode scalars the index of the one in `text` that it comes from; nil for
  ///   a space that was put in.
  public func map(_ text: String) -> (text: String, origins: [Int?]) {
    var scalars = String.UnicodeScalarView()
    var origins: [Int?] = []
    var previous: Unicode.Scalar = " "
    let all = Array(text.unicodeScalars)
    func put(_ scalar: Unicode.Scalar, _ origin: Int?) {
      scalars.append(scalar)
      origins.append(origin)
    }
    for (index, scalar) in all.enumerated() {
      let next = index + 1 < all.count ? all[index + 1] : " "
      if punctuation, !scalar.properties.isWhitespace, !Self.isWord(scalar, between: previous, next) {
        put(" ", nil)
        put(scalar, index)
        put(" ", nil)
      } else if digits, scalar.properties.numericType == .decimal {
        put("0", index)
      } else if lowercase {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars { put(lower, index) }
      } else {
        put(scalar, index)
      }
      previous = scalar
    }
    return (String(scalars), origins)
  }

  public func callAsFunction(_ text: String) -> String {
    self == .none ? text : map(text).text
  }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar, between previous: Unicode.Scalar, _ next: Unicode.Scalar) -> Bool
  {
    if isLetterOrDigit(scalar) { return true }
    return (scalar == "'" || scalar == "\u{2019}") && isLetterOrDigit(previous) && isLetterOrDigit(next)
  }
}
