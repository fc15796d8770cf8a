/// A word or a punctuation mark of a text, and where it stands.
public struct TextToken: Sendable, Hashable {
  public var text: String
  /// Its place among the Unicode scalars of the text, which is how Python counts characters.
  public var scalars: Range<Int>
  /// Its place among the bytes of the text in UTF-8.
  public var bytes: Range<Int>

  public init(text: String, scalars: Range<Int>, bytes: Range<Int>) {
    self.text = text
    self.scalars = scalars
    self.bytes = bytes
  }
}

/// Cuts raw text into words and punctuation, much as column files of news text have them. It knows no language:
///
/// - white space separates, and belongs to no token; everything else belongs to exactly one;
/// - letters, digits and the marks on them make words; one of `' ’ - . _ & @ ·` between two of them stays inside, and so
///   does one of `, : /` between two digits: `O'Neill`, `vice-president`, `3.5`, `1,000`, `12:30`;
/// - a full stop stays with the initial before it, and with a word that has a full stop inside: `J.`, `EE.UU.`;
/// - other marks stand alone, but a run of the same one is one token: `...`, `--`.
public enum PlainTokenizer {
  public static func tokens(_ text: String) -> [TextToken] {
    let scalars = Array(text.unicodeScalars)
    let kinds = scalars.map(Kind.init)
    var tokens: [TextToken] = []
    var (index, byte) = (0, 0)
    while index < scalars.count {
      let end = kinds[index] == .space ? index + 1 : end(of: index, scalars, kinds)
      let width = scalars[index..<end].reduce(0) { $0 + UTF8.width($1) }
      if kinds[index] != .space {
        var form = String.UnicodeScalarView()
        form.append(contentsOf: scalars[index..<end])
        tokens.append(TextToken(text: String(form), scalars: index..<end, bytes: byte..<byte + width))
      }
      (index, byte) = (end, byte + width)
    }
    return tokens
  }

  private enum Kind {
    case space, letter, digit, mark

    init(_ scalar: Unicode.Scalar) {
      if scalar.properties.isWhitespace {
        self = .space
        return
      }
      switch scalar.properties.generalCategory {
      case .decimalNumber: self = .digit
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
        .spacingMark, .enclosingMark, .letterNumber, .otherNumber, .format:
        self = .letter
      default: self = .mark
      }
    }

    var isWord: Bool { self == .letter || self == .digit }
  }

  private static let joinsWords = Set<Unicode.Scalar>(["'", "’", "-", ".", "_", "&", "@", "·"])
  private static let joinsDigits = Set<Unicode.Scalar>([",", ":", "/"])

  /// Where the token ends that starts at an index.
  private static func end(of start: Int, _ scalars: [Unicode.Scalar], _ kinds: [Kind]) -> Int {
    var end = start + 1
    guard kinds[start].isWord else {
      while end < scalars.count, scalars[end] == scalars[start] { end += 1 }
      return end
    }
    var hasStop = false
    while end < scalars.count {
      if kinds[end].isWord {
        end += 1
      } else if end + 1 < scalars.count, kinds[end + 1].isWord, joins(end, scalars, kinds) {
        hasStop = hasStop || scalars[end] == "."
        end += 2
      } else {
        break
      }
    }
    let isInitial = end == start + 1 && scalars[start].properties.isUppercase
    let stands = end < scalars.count && scalars[end] == "." && (end + 1 == scalars.count || scalars[end + 1] != ".")
    return stands && (isInitial || hasStop && kinds[end - 1] == .letter) ? end + 1 : end
  }

  /// Whether the mark at an index, between two parts of words, joins them.
  private static func joins(_ index: Int, _ scalars: [Unicode.Scalar], _ kinds: [Kind]) -> Bool {
    joinsWords.contains(scalars[index])
      || joinsDigits.contains(scalars[index]) && kinds[index - 1] == .digit && kinds[index + 1] == .digit
  }
}
