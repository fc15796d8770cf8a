import Foundation
import Recurrent
import Testing

/// What charts draw, and that no numbers break them.
@Suite struct LineChartTests {
  private static func chart(_ values: [Double], _ ranges: [ClosedRange<Double>] = [0...1, 0...2]) -> LineChart {
    let ahead = ranges.indices.map { Double(values.count + $0) }
    return LineChart(
      title: "a < b & c",
      lines: [
        LineChart.Line("history", .history, values.enumerated().map { .init(x: Double($0), y: $1) }),
        LineChart.Line("forecast", .forecast, zip(ahead, ranges).map { .init(x: $0, y: $1.lowerBound) }),
      ], bands: [LineChart.Band("90 % interval", x: ahead, ranges: ranges)], boundary: Double(values.count - 1),
      labels: (0..<values.count).map { (Double($0), "2021-01-0\($0 % 9 + 1)") })
  }

  private func parses(_ svg: String) -> Bool { XMLCheck.isWellFormed(svg) }

  /// Tags that open and close in order; no parser comes with every toolchain.
  private enum XMLCheck {
    static func isWellFormed(_ text: String) -> Bool {
      var open: [Substring] = []
      for tag in text.matches(of: #/<(/?)([a-z]+)([^<>]*?)(/?)>/#) {
        if !tag.1.isEmpty {
          guard open.popLast() == tag.2 else { return false }
        } else if tag.4.isEmpty {
          open.append(tag.2)
        }
      }
      return open.isEmpty && !text.contains("nan") && !text.contains("inf")
    }
  }

  /// At the left end the first value, at the right the last forecast, the higher the value the nearer the top.
  @Test func linesLieWhereTheyShould() throws {
    let svg = Self.chart([1, 3, 2]).svg(width: 500, height: 300)
    #expect(parses(svg) && svg.contains("a &lt; b &amp; c"))
    let lines = svg.matches(of: #/<polyline points="([^"]*)"/#).map { match in
      match.1.split(separator: " ").map { $0.split(separator: ",").map { Double($0) ?? .nan } }
    }
    #expect(lines.count == 2 && lines[0].count == 3 && lines[1].count == 2)
    let (x, y) = (lines[0].map { $0[0] }, lines[0].map { $0[1] })
    #expect(x[0] < x[1] && abs(x[2] - 2 * x[1] + x[0]) < 0.02 && abs(lines[1][1][0] - 480) < 0.01)
    // 2 lies halfway between 1 and 3, and pixels count downward.
    #expect(y[1] < y[2] && y[2] < y[0] && abs(y[0] + y[1] - 2 * y[2]) < 0.02)
    // The lower end of the interval is the forecast.
    let polygon = try #require(svg.firstMatch(of: #/<polygon points="([^"]*)"/#)).1.split(separator: " ")
    #expect(polygon.count == 4 && polygon[3] == "\(svgNumber(lines[1][0][0])),\(svgNumber(lines[1][0][1]))")
  }

  private func svgNumber(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

  /// A polygon of one place has no width, and is not seen.
  @Test func theIntervalOfOneStepIsSeen() throws {
    let svg = Self.chart([1, 3, 2], [1...2]).svg(width: 500, height: 300)
    #expect(parses(svg) && !svg.contains("<polygon"))
    let pattern = #/<rect x="([^"]*)" y="([^"]*)" width="6" height="([^"]*)"/#
    let bar = try #require(svg.firstMatch(of: pattern))
    let (x, y, height) = (try #require(Double(bar.1)), try #require(Double(bar.2)), try #require(Double(bar.3)))
    // From 2 to 1, as the history beside it: its values 1, 3, 2 are the first polyline.
    let history = try #require(svg.firstMatch(of: #/<polyline points="([^"]*)"/#)).1.split(separator: " ").map { pair in
      pair.split(separator: ",").map { Double($0) ?? .nan }
    }
    #expect(abs(x + 3 - 480) < 0.02 && abs(y - history[2][1]) < 0.02 && abs(y + height - history[0][1]) < 0.02)
  }

  @Test func missingValuesBreakLines() {
    let svg = Self.chart([1, 2, .nan, 3, .nan, 4, 5]).svg()
    // Two pieces and a point of the history, and the forecast.
    #expect(svg.components(separatedBy: "<polyline").count == 4 && svg.components(separatedBy: "<circle").count == 2)
  }

  @Test(arguments: [[], [.nan], [5], [0, 0, 0], [1e300, -1e300], [1e9, 1e9], [1e-9, 2e-9], [1, .nan, 2]])
  func anyValues(_ values: [Double]) {
    for ranges in [[], [0.0...1.0], [-1e9...1e9, 3...3]] {
      let chart = Self.chart(values, ranges)
      #expect(parses(chart.svg()), "\(chart.svg())")
      for (columns, rows) in [(80, 16), (20, 3), (5, 1)] {
        #expect(chart.terminal(columns: columns, rows: rows).count == rows + 3)
      }
    }
  }

  @Test func theTerminal() {
    let lines = Self.chart([0, 1, 2, 3, 4, 5, 6, 7], [3...7, 2...7]).terminal(columns: 40, rows: 8)
    #expect(lines[0] == "a < b & c" && lines.dropFirst().dropLast(1).allSatisfy { $0.count <= 40 })
    // A rising line: its dots of the first column are at the bottom, of the last at the top.
    let rows = lines[1...8].map(Array.init)
    let first = rows.firstIndex { $0[4] >= "\u{2801}" && $0[4] <= "\u{28FF}" } ?? 0
    #expect(first >= 6)
    #expect(lines.joined().contains("░") && lines.joined().contains("┤"))
    let coloured = Self.chart([0, 1, 2]).terminal(coloured: true).joined()
    #expect(coloured.contains("\u{1B}[34m") && !Self.chart([0, 1, 2]).terminal().joined().contains("\u{1B}"))
  }
}
