import Tensors

extension LineChart {
  /// Of what is forecast, among the colours of terminals.
  private static let blue = 34

  /// The chart in characters: lines in dots of Braille, eight to a character, and intervals as shade.
  ///
  /// - Parameters:
  ///   - columns: of the terminal.
  ///   - rows: of the field.
  ///   - coloured: with the escape sequences that colour what is forecast.
  /// - Returns: its lines, without ends.
  public func terminal(columns: Int = 80, rows: Int = 16, coloured: Bool = false) -> [String] {
    let (xs, ys) = (horizontal, vertical)
    let ticks = AxisTicks.values(from: ys.lowerBound, to: ys.upperBound, about: max(2, rows / 4))
    let step = ticks.count > 1 ? ticks[1] - ticks[0] : max(abs(ticks[0]), 1e-12)
    let texts = ticks.map { AxisTicks.text($0, step: step) }
    let margin = max(1, min(columns / 2, (texts.map(\.count).max() ?? 0) + 1))
    let width = max(8, columns - margin - 1)
    var field = BrailleField(width: width, height: rows)
    func place(_ x: Double, _ y: Double) -> (Double, Double) {
      (
        (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * Double(2 * width - 1),
        (ys.upperBound - y) / (ys.upperBound - ys.lowerBound) * Double(4 * rows - 1)
      )
    }
    for band in bands {
      for (index, x) in band.x.enumerated() {
        let next = min(index + 1, band.x.count - 1)
        let (from, to) = (place(x, 0).0, place(band.x[next], 0).0)
        for column in Int(from / 2)...max(Int(from / 2), Int(to / 2)) {
          let part = to > from ? max(0, min(1, (Double(2 * column) - from) / (to - from))) : 0
          func between(_ one: Double, _ other: Double) -> Double { one + part * (other - one) }
          let (first, second) = (band.ranges[index], band.ranges[next])
          field.shade(
            column, from: place(x, between(first.upperBound, second.upperBound)).1 / 4,
            to: place(x, between(first.lowerBound, second.lowerBound)).1 / 4, colour: Self.blue)
        }
      }
    }
    for line in lines {
      for run in line.points.split(whereSeparator: { !$0.y.isFinite }) {
        var before: (Double, Double)?
        for point in run {
          let now = place(point.x, point.y)
          field.draw(from: before ?? now, to: now, colour: line.role == .forecast ? Self.blue : nil)
          before = now
        }
      }
    }
    var result = title.isEmpty ? [] : [title]
    for row in 0..<rows {
      let label = zip(ticks, texts).first { Int(place(xs.lowerBound, $0.0).1 / 4) == row }?.1 ?? ""
      let padded = String(repeating: " ", count: max(0, margin - 1 - label.count)) + label.prefix(margin - 1)
      result.append(padded + (label.isEmpty ? " │" : " ┤") + field.row(row, coloured: coloured))
    }
    result.append(String(repeating: " ", count: margin) + "└" + String(repeating: "─", count: width))
    var axis = [Character](repeating: " ", count: margin + 1 + width)
    let longest = labels.map(\.text.count).max() ?? 1
    for (x, text) in chosenLabels(atMost: max(1, width / (longest + 3))) {
      let column = margin + 1 + Int(place(x, 0).0 / 2)
      let start = max(0, min(axis.count - text.count, column - text.count / 2))
      let around = max(0, start - 1)..<min(axis.count, start + text.count + 1)
      guard text.count <= axis.count, axis[around].allSatisfy({ $0 == " " }) else { continue }
      for (offset, character) in text.enumerated() { axis[start + offset] = character }
    }
    result.append(String(axis))
    return result
  }
}
