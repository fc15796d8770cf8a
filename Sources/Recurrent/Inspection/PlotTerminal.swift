extension Plot {
  /// The plot in characters: dots of Braille, eight to a character, and a letter at the end of each line.
  ///
  /// - Parameters:
  ///   - columns: of the terminal.
  ///   - rows: of the field.
  ///   - coloured: with escape sequences for the colours of the lines.
  /// - Returns: its lines, without ends.
  public func terminal(columns: Int = 80, rows: Int = 16, coloured: Bool = false) -> [String] {
    let (xs, ys) = (horizontalAxis, verticalAxis)
    let ticks = ys.ticks(about: max(2, rows / 3))
    let margin = max(1, min(columns / 2, (ticks.map(\.text.count).max() ?? 0) + 1))
    let width = max(8, columns - margin - 1)
    var field = BrailleField(width: width, height: rows)
    func place(_ point: Point) -> (Double, Double)? {
      guard let x = xs.share(point.x), let y = ys.share(point.y) else { return nil }
      return (max(-1, min(2, x)) * Double(2 * width - 1), (1 - max(-1, min(2, y))) * Double(4 * rows - 1))
    }
    for one in series {
      var before: (Double, Double)?
      for point in one.points {
        guard let now = place(point) else {
          before = nil
          continue
        }
        field.draw(from: one.style == .dots ? now : before ?? now, to: now, colour: one.colour.terminal)
        before = now
      }
    }
    for (letter, one) in zip(Self.letters, series) where one.style != .dots {
      let inside = one.points.compactMap(place).last {
        (0..<Double(2 * width)).contains($0.0) && (0..<Double(4 * rows)).contains($0.1)
      }
      if let (x, y) = inside { field.put(letter, column: Int(x / 2), row: Int(y / 4), colour: one.colour.terminal) }
    }
    var result = title.isEmpty ? [] : [title]
    for (letter, one) in zip(Self.letters, series) where !one.name.isEmpty {
      let sample = one.style == .dots ? "·" : String(letter)
      result.append("  " + (coloured ? "\u{1B}[\(one.colour.terminal)m\(sample)\u{1B}[0m" : sample) + " \(one.name)")
    }
    if !verticalName.isEmpty { result.append(verticalName) }
    func tickRow(_ value: Double) -> Int? {
      guard let share = ys.share(value) else { return nil }
      return Int((1 - share) * (Double(rows) - 0.25))
    }
    for row in 0..<rows {
      let label = ticks.first { tick in tickRow(tick.value) == row }?.text ?? ""
      let padded = String(repeating: " ", count: max(0, margin - 1 - label.count)) + label.prefix(margin - 1)
      result.append(padded + (label.isEmpty ? " │" : " ┤") + field.row(row, coloured: coloured))
    }
    result.append(String(repeating: " ", count: margin) + "└" + String(repeating: "─", count: width))
    var axis = [Character](repeating: " ", count: margin + 1 + width)
    for (value, text) in xs.ticks(about: max(2, width / 12)) {
      guard let share = xs.share(value), text.count <= axis.count else { continue }
      let column = margin + 1 + Int(share * Double(width - 1))
      let start = max(0, min(axis.count - text.count, column - text.count / 2))
      let around = max(0, start - 1)..<min(axis.count, start + text.count + 1)
      guard axis[around].allSatisfy({ $0 == " " }) else { continue }
      for (offset, character) in text.enumerated() { axis[start + offset] = character }
    }
    result.append(String(axis))
    let pad = max(0, margin + 1 + (width - horizontalName.count) / 2)
    result.append(String(repeating: " ", count: pad) + horizontalName)
    return result
  }

  private static let letters = "abcdefghijklmnopqrstuvwxyz"
}
