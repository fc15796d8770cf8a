import Tensors

extension LineChart {
  private static let colours: [Role: String] = [.history: "#334155", .forecast: "#1d63d8"]
  private static let bandColour = "#1d63d8"

  /// The chart as an image of its own.
  ///
  /// - Parameters:
  ///   - width: in pixels.
  ///   - height: in pixels.
  public func svg(width: Int = 960, height: Int = 420) -> String {
    let (xs, ys) = (horizontal, vertical)
    let ticks = AxisTicks.values(from: ys.lowerBound, to: ys.upperBound, about: 6)
    let step = ticks.count > 1 ? ticks[1] - ticks[0] : max(abs(ticks[0]), 1e-12)
    let texts = ticks.map { AxisTicks.text($0, step: step) }
    let left = 24 + 7 * Double(texts.map(\.count).max() ?? 0)
    let (right, top, bottom) = (Double(width) - 20, 64.0, Double(height) - 40)
    func x(_ value: Double) -> Double {
      left + (value - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * (right - left)
    }
    func y(_ value: Double) -> Double {
      let share = (value - ys.lowerBound) / (ys.upperBound - ys.lowerBound)
      return bottom - max(-0.02, min(1.02, share)) * (bottom - top)
    }
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
      Self.text(title, x: left, y: 24, " font-size=\"15\" font-weight=\"bold\""),
    ]
    for (tick, text) in zip(ticks, texts) {
      parts.append(Self.line(left, y(tick), right, y(tick), "#e2e8f0"))
      parts.append(Self.text(text, x: left - 8, y: y(tick) + 4, " text-anchor=\"end\" fill=\"#64748b\""))
    }
    let longest = Double(labels.map(\.text.count).max() ?? 1)
    for (place, text) in chosenLabels(atMost: max(2, Int((right - left) / (7 * longest + 24)))) {
      parts.append(Self.line(x(place), bottom, x(place), bottom + 5, "#94a3b8"))
      // A label at an end stays inside.
      let half = 3.5 * Double(text.count) + 2
      let middle = max(half, min(Double(width) - half, x(place)))
      parts.append(Self.text(text, x: middle, y: bottom + 20, " text-anchor=\"middle\" fill=\"#64748b\""))
    }
    if let boundary {
      parts.append(Self.line(x(boundary), top, x(boundary), bottom, "#94a3b8", " stroke-dasharray=\"4 4\""))
    }
    for band in bands where !band.x.isEmpty {
      if band.x.count == 1 {
        // A single step has no width of its own.
        let (high, low) = (y(band.ranges[0].upperBound), y(band.ranges[0].lowerBound))
        parts.append(
          "<rect x=\"\(Self.number(x(band.x[0]) - 3))\" y=\"\(Self.number(high))\" width=\"6\" "
            + "height=\"\(Self.number(low - high))\" fill=\"\(Self.bandColour)\" fill-opacity=\"0.18\"/>")
        continue
      }
      let upper = zip(band.x, band.ranges).map { (x($0), y($1.upperBound)) }
      let lower = zip(band.x, band.ranges).map { (x($0), y($1.lowerBound)) }.reversed()
      let points = (upper + lower).map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(separator: " ")
      parts.append("<polygon points=\"\(points)\" fill=\"\(Self.bandColour)\" fill-opacity=\"0.18\"/>")
    }
    for drawn in lines {
      for run in drawn.points.split(whereSeparator: { !$0.y.isFinite }) {
        let colour = Self.colours[drawn.role] ?? "#000000"
        let points = run.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }
        if points.count == 1 {
          let place = run[run.startIndex]
          parts.append(
            "<circle cx=\"\(Self.number(x(place.x)))\" cy=\"\(Self.number(y(place.y)))\" r=\"2.5\" "
              + "fill=\"\(colour)\"/>")
        } else {
          parts.append(
            "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\" "
              + "stroke-width=\"1.7\" stroke-linejoin=\"round\"/>")
        }
      }
    }
    parts += legend(left: left)
    return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Each name once, beside a piece of what it names.
  private func legend(left: Double) -> [String] {
    var parts: [String] = []
    var (place, seen) = (left, Set<String>())
    func add(_ name: String, _ sample: String) {
      guard !name.isEmpty, seen.insert(name).inserted else { return }
      parts.append(sample)
      parts.append(Self.text(name, x: place + 24, y: 48, " fill=\"#334155\""))
      place += 44 + 7 * Double(name.count)
    }
    for line in lines {
      let colour = Self.colours[line.role] ?? "#000000"
      add(line.name, Self.line(place, 44, place + 18, 44, colour, " stroke-width=\"2\""))
    }
    for band in bands {
      add(
        band.name,
        "<rect x=\"\(Self.number(place))\" y=\"38\" width=\"18\" height=\"12\" fill=\"\(Self.bandColour)\" "
          + "fill-opacity=\"0.18\"/>")
    }
    return parts
  }

  private static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, _ more: String = ""
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(colour)\"\(more)/>"
  }

  private static func text(_ text: String, x: Double, y: Double, _ more: String) -> String {
    let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    return "<text x=\"\(number(x))\" y=\"\(number(y))\"\(more)>\(escaped)</text>"
  }

  /// Hundredths of a pixel.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }
}
