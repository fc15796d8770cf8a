/// An automaton as a picture and as a table.
public struct AutomatonDrawing: Sendable {
  private let automaton: StateAutomaton
  private let symbols: [String]
  private let outputs: [String]

  /// - Parameters:
  ///   - symbols: the names of what is read.
  ///   - outputs: the names of what the network gives.
  public init(_ automaton: StateAutomaton, symbols: [String], outputs: [String]) {
    (self.automaton, self.symbols, self.outputs) = (automaton, symbols, outputs)
  }

  /// What the network gives in a state.
  private func answer(_ state: Int) -> String {
    state == 0 ? "" : zip(outputs, automaton.answers[state]).filter(\.1).map(\.0).joined(separator: " ")
  }

  /// A row for each state: where each symbol leads, and what comes after it.
  public var table: String {
    var rows = [["state"] + symbols + ["visits", "answer"]]
    for (state, transitions) in automaton.transitions.enumerated() {
      rows.append(
        [state == 0 ? "start" : "\(state)"] + transitions.map { $0.map { "\($0)" } ?? "·" }
          + ["\(automaton.visits[state])", answer(state)])
    }
    let widths = rows[0].indices.map { column in rows.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(text))
        return column == row.count - 1 ? text : space + text
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  // MARK: The picture

  private static let radius = 24.0
  private static let (columnWidth, rowHeight) = (120.0, 96.0)

  /// Circles in columns by their distance from the start, with an arrow for each way from one to another.
  public var svg: String {
    let places = places()
    let width = (places.map(\.x).max() ?? 0) + 90
    let height = (places.map(\.y).max() ?? 0) + 80
    var parts = [
      "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
        + "orient=\"auto-start-reverse\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#475569\"/></marker></defs>"
    ]
    for (state, transitions) in automaton.transitions.enumerated() {
      var ways: [Int: [String]] = [:]
      for (symbol, next) in zip(symbols, transitions) { if let next { ways[next, default: []].append(symbol) } }
      for (next, names) in ways.sorted(by: { $0.key < $1.key }) {
        parts += arrow(from: places[state], to: places[next], loop: next == state, names.joined(separator: ", "))
      }
    }
    for (state, place) in places.enumerated() {
      parts.append(
        "<circle cx=\"\(SVG.number(place.x))\" cy=\"\(SVG.number(place.y))\" r=\"\(SVG.number(Self.radius))\" "
          + "fill=\"\(state == 0 ? "#e0edff" : "#ffffff")\" stroke=\"#1e293b\" stroke-width=\"1.5\">"
          + "<title>\(SVG.escaped("met \(automaton.visits[state]) times"))</title></circle>")
      let answer = answer(state)
      parts.append(
        SVG.text(
          state == 0 ? "start" : "\(state)", x: place.x, y: place.y + (answer.isEmpty ? 4 : -3),
          " text-anchor=\"middle\" fill=\"#1e293b\""))
      if !answer.isEmpty {
        parts.append(
          SVG.text(
            answer, x: place.x, y: place.y + 12, " text-anchor=\"middle\" fill=\"#1d63d8\" font-weight=\"bold\""))
      }
    }
    return SVG.document(width: width, height: height, parts)
  }

  private typealias Place = (x: Double, y: Double)

  private func places() -> [Place] {
    var depth = [0: 0]
    var (queue, index) = ([0], 0)
    while index < queue.count {
      for next in automaton.transitions[queue[index]].compactMap({ $0 }) where depth[next] == nil {
        depth[next] = depth[queue[index]]! + 1
        queue.append(next)
      }
      index += 1
    }
    let columns = Dictionary(grouping: queue) { depth[$0] ?? 0 }
    let rows = Double(columns.values.map(\.count).max() ?? 1)
    var places = [Place](repeating: (0, 0), count: automaton.transitions.count)
    for (column, states) in columns {
      for (row, state) in states.enumerated() {
        places[state] = (
          60 + Double(column) * Self.columnWidth,
          80 + ((rows - Double(states.count)) / 2 + Double(row)) * Self.rowHeight
        )
      }
    }
    return places
  }

  /// A curve that bends to its left, so that there and back are two; a loop goes over the circle.
  private func arrow(from start: Place, to end: Place, loop: Bool, _ name: String) -> [String] {
    let label = { (x: Double, y: Double) in
      SVG.text(
        name, x: x, y: y,
        " text-anchor=\"middle\" fill=\"#b45309\" stroke=\"#ffffff\" stroke-width=\"4\" paint-order=\"stroke\"")
    }
    func path(_ d: String) -> String {
      "<path d=\"\(d)\" fill=\"none\" stroke=\"#475569\" stroke-width=\"1.2\" marker-end=\"url(#arrow)\"/>"
    }
    let n = SVG.number
    if loop {
      let (left, right, top) = (start.x - 11, start.x + 11, start.y - Self.radius + 3)
      return [
        path(
          "M\(n(left)),\(n(top)) C\(n(left - 14)),\(n(top - 36)) \(n(right + 14)),\(n(top - 36)) \(n(right)),\(n(top))"),
        label(start.x, top - 30),
      ]
    }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = max(1, (dx * dx + dy * dy).squareRoot())
    let bend = 14 + 0.1 * length
    let middle = ((start.x + end.x) / 2 + dy / length * bend, (start.y + end.y) / 2 - dx / length * bend)
    // From rim to rim, in the direction of the bend.
    func rim(_ place: Place) -> Place {
      let (x, y) = (middle.0 - place.x, middle.1 - place.y)
      let far = max(1, (x * x + y * y).squareRoot())
      return (place.x + x / far * (Self.radius + 2), place.y + y / far * (Self.radius + 2))
    }
    let (first, last) = (rim(start), rim(end))
    return [
      path("M\(n(first.x)),\(n(first.y)) Q\(n(middle.0)),\(n(middle.1)) \(n(last.x)),\(n(last.y))"),
      label((first.x + last.x) / 4 + middle.0 / 2, (first.y + last.y) / 4 + middle.1 / 2 - 3),
    ]
  }
}
