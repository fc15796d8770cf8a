import Tensors

/// A text of which each token is coloured by a number: orange above zero, blue below it, the stronger the farther.
public struct ColouredText: Sendable {
  public let pieces: [String]
  /// From -1 to 1.
  public let values: [Double]
  private let isSpaced: Bool

  /// - Parameters:
  ///   - activations: of a unit after each token.
  ///   - range: of the tokens that are shown.
  ///   - bounded: true for numbers from -1 to 1, such as h of most cells; of others, the quantile of 5 % becomes -1 and
  ///     that of 95 % becomes 1.
  public init(_ text: InspectedText, _ activations: [Float], range: Range<Int>, bounded: Bool) {
    pieces = Array(text.pieces[range])
    let numbers = activations.map(Double.init)
    let (low, high) = bounded ? (-1, 1) : (numbers.quantile(0.05), numbers.quantile(0.95))
    values = numbers[range].map { high > low ? max(-1, min(1, 2 * ($0 - low) / (high - low) - 1)) : 0 }
    isSpaced = text.isSpaced
  }

  /// Each token as it is written, with the space before it where the text has one.
  private var written: [(space: String, text: String)] {
    var start = true
    return pieces.map { piece in
      defer { start = piece.hasSuffix("\n") }
      return (isSpaced && !start && piece != "\n" ? " " : "", piece)
    }
  }

  private static func rgb(_ value: Double) -> String { value > 0 ? "234, 100, 20" : "40, 110, 200" }

  /// On a background of the colour, for a terminal of 256 colours.
  public var coloured: String {
    zip(written, values).map { token, value -> String in
      let level = Int((abs(value) * 5).rounded())
      let visible = token.text == "\n" ? "⏎" : VisibleToken.of(token.text).replacing("␣", with: " ")
      // The colour cube: 16 + 36 red + 6 green + blue.
      let code =
        value > 0 ? [231, 223, 216, 209, 202, 166][level] : [231, 189, 153, 111, 69, 27][level]
      return token.space + "\u{1B}[48;5;\(code);38;5;\(level < 4 ? 16 : 231)m\(visible)\u{1B}[0m"
        + (token.text == "\n" ? "\n" : "")
    }.joined()
  }

  /// Without colours: below each line of the text, a digit for each token, from 0 for -1 to 9 for 1.
  public var digits: String {
    var (lines, text, below) = ([String](), "", "")
    func end() {
      if !text.isEmpty { lines += [text, String(below.reversed().drop { $0 == " " }.reversed())] }
      (text, below) = ("", "")
    }
    for (token, value) in zip(written, values) {
      let visible = token.text == "\n" ? "⏎" : VisibleToken.of(token.text).replacing("␣", with: " ")
      let width = token.space.count + DisplayWidth.of(visible)
      if DisplayWidth.of(text) + width > Self.columns { end() }
      let digit = String(max(0, min(9, Int((value + 1) * 5))))
      text += token.space + visible
      below += token.space + digit + String(repeating: " ", count: max(0, width - token.space.count - 1))
      if token.text.hasSuffix("\n") { end() }
    }
    end()
    return lines.joined(separator: "\n")
  }

  /// Characters of a line of the drawing, and of `digits`.
  private static let columns = 80

  /// Spans of HTML; one reads a value by pointing at a token.
  public var html: String {
    "<div class=\"text\">"
      + zip(written, values).map { token, value in
        let visible = token.text == "\n" ? "⏎\n" : token.text
        return SVG.escaped(token.space)
          + "<span style=\"background: rgba(\(Self.rgb(value)), \(SVG.number(0.85 * abs(value))))\" "
          + "title=\"\(AxisTicks.text(value, step: 0.01))\">\(SVG.escaped(Self.safe(visible)))</span>"
      }.joined() + "</div>"
  }

  /// Without control characters but ends of lines.
  private static func safe(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { part in
      VisibleToken.of(String(part)).replacing("␣", with: " ").replacing("⇥", with: "\t")
    }.joined(separator: "\n")
  }

  /// A legend in HTML.
  public static var htmlKey: String {
    "<p class=\"key\">"
      + [-1, -0.5, 0, 0.5, 1].map { value in
        "<span style=\"background: rgba(\(rgb(value)), \(SVG.number(0.85 * abs(value))))\">"
          + "\(AxisTicks.text(value, step: 0.5))</span>"
      }.joined() + "</p>"
  }

  /// The text as a drawing, in lines of 80 characters.
  ///
  /// - Parameter title: above it.
  public func svg(title: String) -> String {
    let (cell, row, left, top) = (9.0, 24.0, 16.0, 72.0)
    var (column, line, widest, parts) = (0, 0, 0, [String]())
    for (token, value) in zip(written, values) {
      let visible = token.text == "\n" ? "⏎" : VisibleToken.of(token.text).replacing("␣", with: " ")
      let width = DisplayWidth.of(visible)
      if column > 0, column + token.space.count + width > Self.columns { (column, line) = (0, line + 1) }
      if column > 0 { column += token.space.count }
      let (x, y) = (left + cell * Double(column), top + row * Double(line))
      parts.append(
        "<rect x=\"\(SVG.number(x))\" y=\"\(SVG.number(y - 16))\" width=\"\(SVG.number(cell * Double(width)))\" "
          + "height=\"21\" fill=\"rgb(\(Self.rgb(value)))\" fill-opacity=\"\(SVG.number(0.85 * abs(value)))\">"
          + "<title>\(AxisTicks.text(value, step: 0.01))</title></rect>")
      if visible.contains(where: { $0 != " " }) {
        parts.append(
          SVG.text(
            visible, x: x, y: y,
            " textLength=\"\(SVG.number(cell * Double(width)))\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#0f172a\""))
      }
      column += width
      widest = max(widest, column)
      if token.text.hasSuffix("\n") { (column, line) = (0, line + 1) }
    }
    let key = [-1, -0.5, 0, 0.5, 1].enumerated().flatMap { index, value -> [String] in
      let x = left + 44 * Double(index)
      return [
        "<rect x=\"\(SVG.number(x))\" y=\"32\" width=\"44\" height=\"18\" fill=\"rgb(\(Self.rgb(value)))\" "
          + "fill-opacity=\"\(SVG.number(0.85 * abs(value)))\"/>",
        SVG.text(
          AxisTicks.text(value, step: 0.5), x: x + 22, y: 45,
          " text-anchor=\"middle\" font-size=\"12\" fill=\"#0f172a\""),
      ]
    }
    let heading = SVG.text(
      title, x: left, y: 22, " font-size=\"15\" font-weight=\"bold\" font-family=\"sans-serif\" fill=\"#1e293b\"")
    return SVG.document(
      width: 2 * left + max(cell * Double(widest), 8.6 * Double(title.count)), height: top + row * Double(line + 1),
      font: "monospace",
      [heading, "<g font-size=\"15\">"] + key + parts + ["</g>"])
  }
}
