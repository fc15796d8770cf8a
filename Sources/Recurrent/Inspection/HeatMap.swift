/// A table of strengths, the darker the stronger, with a name for each row and column.
public struct HeatMap: Sendable {
  /// As they are drawn: without control characters.
  public let rows: [String]
  public let columns: [String]
  /// `[rows][columns]`, each from 0 to 1; a row may end early, and nothing is drawn where it has.
  public let strengths: [[Float]]
  /// What the axes are, where that is to be written.
  public var rowAxis = ""
  public var columnAxis = ""
  /// The side of a field in pixels.
  public var cell = 24
  /// Said of a field that one points at.
  private let label: @Sendable (_ row: Int, _ column: Int) -> String

  /// - Parameters:
  ///   - rows: tokens or other names, in any characters.
  ///   - columns: likewise.
  ///   - strengths: `[rows][columns]`
  ///   - label: what is said of a field that one points at.
  public init(
    rows: [String], columns: [String], strengths: [[Float]], label: @escaping @Sendable (Int, Int) -> String
  ) {
    self.rows = rows.map(VisibleToken.of)
    self.columns = columns.map(VisibleToken.of)
    self.strengths = strengths
    self.label = label
  }

  /// For a terminal, with the names of the columns written downward.
  ///
  /// - Parameter coloured: shades of blue in place of `░▒▓█`.
  public func text(coloured: Bool) -> String {
    let margin = rows.map(DisplayWidth.of).max() ?? 0
    let heads = columns.map { Array($0.prefix(12)) }
    let height = heads.map(\.count).max() ?? 0
    var lines = (0..<height).map { row in
      String(repeating: " ", count: margin + 1)
        + heads.map { head in
          // Downward, each ends just above its column.
          let index = row - (height - head.count)
          return index < 0 ? "  " : String(head[index]) + (DisplayWidth.of(head[index]) == 1 ? " " : "")
        }.joined()
    }
    for (name, row) in zip(rows, strengths) {
      let cells = row.map { strength -> String in
        let level = Int((max(0, min(1, strength)) * 4).rounded())
        if !coloured { return String(repeating: [" ", "░", "▒", "▓", "█"][level], count: 2) }
        return level == 0 ? "  " : "\u{1B}[48;5;\([17, 18, 20, 27][level - 1])m  \u{1B}[0m"
      }
      lines.append(String(repeating: " ", count: margin - DisplayWidth.of(name)) + name + " " + cells.joined())
    }
    return lines.joined(separator: "\n")
  }

  /// A drawing by itself.
  public var svg: String {
    let size = min(14, cell)
    let wide = columns.contains { DisplayWidth.of($0) > 1 }
    let letters = Double(size) * 9 / 14
    let axis = rowAxis.isEmpty ? 0.0 : 22.0
    let left = 20 + axis + Double(letters * Double(rows.map(DisplayWidth.of).max() ?? 0))
    let head = wide ? 20 + letters * Double(columns.map(DisplayWidth.of).max() ?? 0) : 20 + letters
    let top = head + (columnAxis.isEmpty ? 0 : 22)
    let side = Double(cell)
    let width = left + side * Double(columns.count) + (wide ? 60 : 20)
    let height = top + side * Double(rows.count) + 12
    var parts: [String] = []
    if !columnAxis.isEmpty {
      parts.append(SVG.text(columnAxis, x: left, y: 18, " font-size=\"13\" fill=\"#555\""))
    }
    if !rowAxis.isEmpty {
      parts.append(
        "<text transform=\"translate(18,\(SVG.number(top))) rotate(-90)\" text-anchor=\"end\" font-size=\"13\" "
          + "fill=\"#555\">\(SVG.escaped(rowAxis))</text>")
    }
    for (column, name) in columns.enumerated() {
      let x = left + (Double(column) + 0.5) * side
      parts.append(
        wide
          ? "<text transform=\"translate(\(SVG.number(x + 4)),\(SVG.number(top - 6))) rotate(-60)\" "
            + "font-size=\"\(size)\" fill=\"#222\">\(SVG.escaped(name))</text>"
          : SVG.text(name, x: x, y: top - 6, " text-anchor=\"middle\" font-size=\"\(size)\" fill=\"#222\""))
    }
    for (row, name) in rows.enumerated() {
      let y = top + Double(row) * side
      parts.append(
        SVG.text(
          name, x: left - 8, y: y + side / 2 + Double(size) * 0.35,
          " text-anchor=\"end\" font-size=\"\(size)\" fill=\"#222\""))
      for (column, strength) in strengths[row].enumerated() where column < columns.count {
        parts.append(
          "<rect x=\"\(SVG.number(left + Double(column) * side))\" y=\"\(SVG.number(y))\" width=\"\(cell - 1)\" "
            + "height=\"\(cell - 1)\" fill=\"#1f5fa8\" fill-opacity=\"\(Self.decimals(strength))\" stroke=\"#dde3ea\">"
            + "<title>\(SVG.escaped(label(row, column)))</title></rect>")
      }
    }
    return SVG.document(width: width, height: height, parts)
  }

  /// From 0.000 to 1.000.
  private static func decimals(_ strength: Float) -> String {
    let thousandths = Int((max(0, min(1, strength)) * 1000).rounded())
    let digits = String(thousandths)
    return thousandths >= 1000 ? "1.000" : "0." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
