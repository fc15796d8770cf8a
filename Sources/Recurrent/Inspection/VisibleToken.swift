/// Tokens as something to be seen.
package enum VisibleToken {
  /// Spaces, ends of lines and control characters, which neither a terminal nor SVG can take, as signs.
  package static func of(_ token: String) -> String {
    token.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case " ": text += "␣"
      case "\n": text += "⏎"
      case "\t": text += "⇥"
      case "\u{7F}": text += "␡"
      case ..<" ": text.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "�")
      default: text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "�" : scalar)
      }
    }
  }
}
