/// Where a model looked while it wrote: a row for each token of the output, a column for each token of the source, the
/// darker the more it counted.
public struct AttentionMap: Sendable, Hashable {
  /// With the end, where the output has one.
  public let outputs: [String]
  public let sources: [String]
  /// `[outputs][sources]`, each from 0 to 1.
  public let weights: [[Float]]

  /// - Parameter translation: with its attention.
  public init(_ translation: Translation) {
    let ends = translation.attention.count > translation.tokens.count ? ["</s>"] : []
    outputs = translation.tokens + ends
    sources = translation.sourceTokens
    weights = translation.attention
  }

  /// Spaces, ends of lines and control characters, which neither a terminal nor SVG can take, as something to be seen.
  private static func visible(_ token: String) -> String {
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

  /// For a terminal, with the tokens of the source written downward.
  ///
  /// - Parameter coloured: shades of blue in place of `░▒▓█`.
  public func text(coloured: Bool) -> String {
    let names = outputs.map(Self.visible)
    let margin = names.map(DisplayWidth.of).max() ?? 0
    let heads = sources.map { Array(Self.visible($0).prefix(12)) }
    let height = heads.map(\.count).max() ?? 0
    var lines = (0..<height).map { row in
      String(repeating: " ", count: margin + 1)
        + heads.map { head in
          // Downward, each ends just above its column.
          let index = row - (height - head.count)
          return index < 0 ? "  " : String(head[index]) + (DisplayWidth.of(head[index]) == 1 ? " " : "")
        }.joined()
    }
    for (name, row) in zip(names, weights) {
      let cells = row.map { weight -> String in
        let level = Int((max(0, min(1, weight)) * 4).rounded())
        if !coloured { return String(repeating: [" ", "░", "▒", "▓", "█"][level], count: 2) }
        return level == 0 ? "  " : "\u{1B}[48;5;\([17, 18, 20, 27][level - 1])m  \u{1B}[0m"
      }
      lines.append(String(repeating: " ", count: margin - DisplayWidth.of(name)) + name + " " + cells.joined())
    }
    return lines.joined(separator: "\n")
  }

  private static let cell = 24

  /// A drawing by itself.
  public var svg: String {
    let names = outputs.map(Self.visible)
    let heads = sources.map(Self.visible)
    let left = 20 + 9 * (names.map(DisplayWidth.of).max() ?? 0)
    let top = 20 + 8 * (heads.map(DisplayWidth.of).max() ?? 0)
    let (width, height) = (left + Self.cell * heads.count + 60, top + Self.cell * names.count + 12)
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"system-ui, sans-serif\" font-size=\"14\">",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#fff\"/>",
    ]
    for (column, head) in heads.enumerated() {
      let x = left + column * Self.cell + Self.cell / 2 + 4
      parts.append(
        "<text transform=\"translate(\(x),\(top - 6)) rotate(-60)\" fill=\"#222\">\(Self.escaped(head))</text>")
    }
    for (row, name) in names.enumerated() {
      let y = top + row * Self.cell
      parts.append(
        "<text x=\"\(left - 8)\" y=\"\(y + 17)\" text-anchor=\"end\" fill=\"#222\">\(Self.escaped(name))</text>")
      for (column, weight) in weights[row].enumerated() where column < heads.count {
        let (strength, percent) = (Self.decimals(weight), Int((weight * 100).rounded()))
        parts.append(
          "<rect x=\"\(left + column * Self.cell)\" y=\"\(y)\" width=\"\(Self.cell - 1)\" height=\"\(Self.cell - 1)\" "
            + "fill=\"#1f5fa8\" fill-opacity=\"\(strength)\" stroke=\"#dde3ea\">"
            + "<title>\(Self.escaped(name)) ← \(Self.escaped(heads[column])): \(percent) %</title></rect>")
      }
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  /// Drawings one below another, as a page of HTML.
  public static func page(_ maps: [AttentionMap]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>Where a model looked while it wrote</title>
    <style>
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
    figure { margin: 1.5em 0; border-bottom: 1px solid #ddd; padding-bottom: 1em; overflow-x: auto; }
    small { color: #666; }
    </style></head><body>
    <h1>Attention</h1>
    <p><small>A row for each token that was written, a column for each token that was read, the darker the more it counted. \
    Point at a field to read its weight.</small></p>

    """ + maps.map { "<figure>\n\($0.svg)</figure>" }.joined(separator: "\n") + "\n</body></html>\n"
  }

  /// From 0.000 to 1.000.
  private static func decimals(_ weight: Float) -> String {
    let thousandths = Int((max(0, min(1, weight)) * 1000).rounded())
    let digits = String(thousandths)
    return thousandths >= 1000 ? "1.000" : "0." + String(repeating: "0", count: 3 - digits.count) + digits
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
