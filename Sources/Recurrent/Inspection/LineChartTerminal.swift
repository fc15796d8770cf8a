import Tensors

extension LineChart {
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
            to: place(x, between(first.lowerBound, second.lowerBound)).1 / 4)
        }
      }
    }
    for line in lines {
      for run in line.points.split(whereSeparator: { !$0.y.isFinite }) {
        var before: (Double, Double)?
        for point in run {
          let now = place(point.x, point.y)
          field.draw(from: before ?? now, to: now, isForecast: line.role == .forecast)
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

/// Characters that are lit in eight dots each.
private struct BrailleField {
  private let width: Int
  private let height: Int
  private var dots: [UInt8]
  private var isForecast: [Bool]
  private var isShaded: [Bool]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    dots = Array(repeating: 0, count: width * height)
    isForecast = Array(repeating: false, count: width * height)
    isShaded = Array(repeating: false, count: width * height)
  }

  /// The bit of each dot of a character, by row and column.
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  mutating func draw(from start: (Double, Double), to end: (Double, Double), isForecast own: Bool) {
    let steps = max(1, Int(max(abs(end.0 - start.0), abs(end.1 - start.1)).rounded(.up)))
    for step in 0...steps {
      let part = Double(step) / Double(steps)
      let (x, y) = (
        Int((start.0 + part * (end.0 - start.0)).rounded()), Int((start.1 + part * (end.1 - start.1)).rounded())
      )
      guard x >= 0, x < 2 * width, y >= 0, y < 4 * height else { continue }
      let cell = y / 4 * width + x / 2
      dots[cell] |= Self.bits[y % 4][x % 2]
      isForecast[cell] = own
    }
  }

  mutating func shade(_ column: Int, from top: Double, to bottom: Double) {
    guard column >= 0, column < width, top.isFinite, bottom.isFinite else { return }
    let (first, last) = (max(0, Int(max(0, top))), min(height - 1, Int(max(0, min(1e6, bottom)))))
    if first <= last { for row in first...last { isShaded[row * width + column] = true } }
  }

  func row(_ row: Int, coloured: Bool) -> String {
    var text = ""
    for column in 0..<width {
      let cell = row * width + column
      let lit = dots[cell] != 0
      let character =
        lit ? Character(UnicodeScalar(0x2800 + UInt32(dots[cell])) ?? " ") : isShaded[cell] ? "░" : " "
      let blue = coloured && (lit ? isForecast[cell] : isShaded[cell])
      text += blue ? "\u{1B}[34m\(character)\u{1B}[0m" : String(character)
    }
    return text
  }
}
