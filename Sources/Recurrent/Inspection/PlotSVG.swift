extension Plot {
  /// The plot as an image of its own.
  ///
  /// - Parameters:
  ///   - width: in pixels.
  ///   - height: in pixels.
  public func svg(width: Double = 760, height: Double = 420) -> String {
    let (xs, ys) = (horizontalAxis, verticalAxis)
    let ticks = ys.ticks(about: max(3, Int(height / 70)))
    let left = 52 + 7 * Double(ticks.map(\.text.count).max() ?? 0)
    let legend = legend(left: left, width: width - 16)
    let top = 50 + legend.height + (note.isEmpty ? 0 : 18)
    let (right, bottom) = (width - 24, height - 52)
    func place(_ point: Point) -> (x: Double, y: Double)? {
      guard let x = xs.share(point.x), let y = ys.share(point.y) else { return nil }
      // What lies beyond the axis ends just outside the field, whose edge cuts it off.
      return (left + max(-1, min(2, x)) * (right - left), bottom - max(-1, min(2, y)) * (bottom - top))
    }
    let clip = "field\((title + verticalName).hashed)"
    var parts = [
      SVG.text(title, x: left, y: 26, " font-size=\"15\" font-weight=\"bold\" fill=\"#1e293b\""),
      "<clipPath id=\"\(clip)\"><rect x=\"\(SVG.number(left - 4))\" y=\"\(SVG.number(top - 4))\" "
        + "width=\"\(SVG.number(right - left + 8))\" height=\"\(SVG.number(bottom - top + 8))\"/></clipPath>",
    ]
    if !note.isEmpty { parts.append(SVG.text(note, x: left, y: 46, " fill=\"#64748b\"")) }
    for (value, text) in ticks {
      guard let share = ys.share(value) else { continue }
      let y = bottom - share * (bottom - top)
      parts.append(SVG.line(left, y, right, y, "#e2e8f0"))
      parts.append(SVG.text(text, x: left - 8, y: y + 4, " text-anchor=\"end\" fill=\"#475569\""))
    }
    for (value, text) in xs.ticks(about: max(3, Int((right - left) / 90))) {
      guard let share = xs.share(value) else { continue }
      let x = left + share * (right - left)
      parts.append(SVG.line(x, bottom, x, bottom + 5, "#94a3b8"))
      parts.append(SVG.text(text, x: x, y: bottom + 19, " text-anchor=\"middle\" fill=\"#475569\""))
    }
    parts.append(SVG.line(left, bottom, right, bottom, "#94a3b8"))
    parts.append(
      SVG.text(
        horizontalName, x: (left + right) / 2, y: bottom + 40,
        " text-anchor=\"middle\" font-size=\"13\" fill=\"#334155\""))
    parts.append(
      "<text transform=\"translate(18,\(SVG.number((top + bottom) / 2))) rotate(-90)\" text-anchor=\"middle\" "
        + "font-size=\"13\" fill=\"#334155\">\(SVG.escaped(verticalName))</text>")
    parts.append("<g clip-path=\"url(#\(clip))\">")
    for one in series { parts += drawn(one, place) }
    parts.append("</g>")
    for mark in marks {
      guard let (x, y) = place(mark.point) else { continue }
      parts.append(circle(x, y, radius: 4, " fill=\"#ffffff\" stroke=\"#1e293b\" stroke-width=\"1.5\""))
      let half = 3.4 * Double(mark.text.count)
      let middle = max(left + half, min(right - half, x))
      parts.append(
        SVG.text(
          mark.text, x: middle, y: y > top + 20 ? y - 9 : y + 20,
          " text-anchor=\"middle\" fill=\"#1e293b\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\""))
    }
    return SVG.document(width: width, height: height, font: "sans-serif", parts + legend.parts)
  }

  private func circle(_ x: Double, _ y: Double, radius: Double, _ attributes: String) -> String {
    "<circle cx=\"\(SVG.number(x))\" cy=\"\(SVG.number(y))\" r=\"\(SVG.number(radius))\"\(attributes)/>"
  }

  private func drawn(_ one: Series, _ place: (Point) -> (x: Double, y: Double)?) -> [String] {
    let colour = one.colour.hex
    if one.style == .dots {
      return one.points.compactMap(place).map {
        circle($0.x, $0.y, radius: 2.5, " fill=\"\(colour)\" fill-opacity=\"0.55\"")
      }
    }
    var parts: [String] = []
    if !one.band.isEmpty {
      let upper = zip(one.points, one.band).compactMap { place(Point(x: $0.x, y: $1.upperBound)) }
      let lower = zip(one.points, one.band).compactMap { place(Point(x: $0.x, y: $1.lowerBound)) }
      parts.append("<polygon points=\"\(path(upper + lower.reversed()))\" fill=\"\(colour)\" fill-opacity=\"0.13\"/>")
    }
    for run in one.points.map(place).split(whereSeparator: { $0 == nil }) {
      parts.append(
        "<polyline points=\"\(path(run.compactMap { $0 }))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" "
          + "stroke-linejoin=\"round\"\(one.style == .dashed ? " stroke-dasharray=\"6 4\"" : "")/>")
    }
    return parts
  }

  private func path(_ places: [(x: Double, y: Double)]) -> String {
    places.map { "\(SVG.number($0.x)),\(SVG.number($0.y))" }.joined(separator: " ")
  }

  /// Each name beside a piece of what it names, in as many lines as they take.
  private func legend(left: Double, width: Double) -> (parts: [String], height: Double) {
    var parts: [String] = []
    let first = note.isEmpty ? 50.0 : 68.0
    var (x, y) = (left, first)
    for one in series where !one.name.isEmpty {
      let own = 34 + 6.8 * Double(one.name.count)
      if x + own > width && x > left { (x, y) = (left, y + 18) }
      let dash = one.style == .dashed ? " stroke-dasharray=\"6 4\"" : ""
      parts.append(
        one.style == .dots
          ? circle(x + 9, y - 4, radius: 4, " fill=\"\(one.colour.hex)\"")
          : SVG.line(x, y - 4, x + 18, y - 4, one.colour.hex, " stroke-width=\"2.5\"\(dash)"))
      parts.append(SVG.text(one.name, x: x + 24, y: y, " fill=\"#334155\""))
      x += own + 10
    }
    return (parts, parts.isEmpty ? -8 : y - first + 14)
  }
}

extension String {
  /// The same in every run, unlike `hashValue`: FNV-1a (Fowler, Noll and Vo).
  fileprivate var hashed: UInt64 {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
    return hash
  }
}
