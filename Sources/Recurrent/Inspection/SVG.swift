/// Pieces of drawings in Scalable Vector Graphics.
package enum SVG {
  /// A whole drawing on white.
  ///
  /// - Parameters:
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - font: the families of its text.
  package static func document(
    width: Double, height: Double, font: String = "system-ui, sans-serif", _ parts: [String]
  ) -> String {
    let (width, height) = (number(width), number(height))
    return
      ([
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
          + "viewBox=\"0 0 \(width) \(height)\" font-family=\"\(font)\" font-size=\"12\">",
        "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
      ] + parts + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Drawings one below another, in one.
  package static func stacked(_ drawings: [(svg: String, width: Double, height: Double)]) -> String {
    var (parts, y) = ([String](), 0.0)
    for drawing in drawings {
      parts.append("<g transform=\"translate(0,\(number(y)))\">\n\(drawing.svg)</g>")
      y += drawing.height
    }
    return document(width: drawings.map(\.width).max() ?? 0, height: y, parts)
  }

  /// - Parameter attributes: with a space before each.
  package static func text(_ text: String, x: Double, y: Double, _ attributes: String = "") -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\"\(attributes)>\(escaped(text))</text>"
  }

  package static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, _ attributes: String = ""
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(colour)\"\(attributes)/>"
  }

  /// What stands between tags, or in an attribute; the same in HTML.
  package static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  /// Hundredths of a pixel.
  package static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }
}
