/// Words of a text as NIST's mteval-v13a cuts them, in the form that sacreBLEU calls `13a`.
public enum MTEvalTokenizer {
  public static func words(_ text: String) -> [String] {
    var text = text.replacing("<skipped>", with: "").replacing("-\n", with: "").replacing("\n", with: " ")
    if text.contains("&") {
      for (name, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        text = text.replacing(name, with: character)
      }
    }
    var scalars: [Unicode.Scalar] = [" "] + Array(text.unicodeScalars) + [" "]
    // White space around punctuation.
    scalars = scalars.flatMap { isPunctuation($0) ? [" ", $0, " "] : [$0] }
    // Around full stops and commas that no digit comes before,
    scalars = pairs(scalars) {
      !isDigit($0) && isStop($1)
    } replacement: {
      [$0, " ", $1, " "]
    }
    // or that none follows,
    scalars = pairs(scalars) {
      isStop($0) && !isDigit($1)
    } replacement: {
      [" ", $0, " ", $1]
    }
    // and around a hyphen after a digit.
    scalars = pairs(scalars) {
      isDigit($0) && $1 == "-"
    } replacement: {
      [$0, " ", $1, " "]
    }
    return scalars.split(whereSeparator: \.properties.isWhitespace).map { word in
      var view = String.UnicodeScalarView()
      view.append(contentsOf: word)
      return String(view)
    }
  }

  /// Replaces pairs of neighbours from left to right, none of which overlap.
  private static func pairs(
    _ scalars: [Unicode.Scalar], _ matches: (Unicode.Scalar, Unicode.Scalar) -> Bool,
    replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]
  ) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var at = 0
    while at < scalars.count {
      if at + 1 < scalars.count, matches(scalars[at], scalars[at + 1]) {
        result += replacement(scalars[at], scalars[at + 1])
        at += 2
      } else {
        result.append(scalars[at])
        at += 1
      }
    }
    return result
  }

  /// ASCII marks but the apostrophe, the comma, the hyphen and the full stop; and the space.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": true
    default: false
    }
  }

  private static func isStop(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }
  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }
}
