import Recurrent
import Testing

/// Tags that open and close in order; no parser comes with every toolchain.
enum WellFormed {
  /// Elements of HTML that need no end.
  private static let single: Set<Substring> = ["meta", "br"]

  static func check(_ text: String) -> Bool {
    var open: [Substring] = []
    for tag in text.matches(of: #/<(/?)([a-zA-Z0-9]+)([^<>]*?)(/?)>/#) {
      if !tag.1.isEmpty {
        guard open.popLast() == tag.2 else { return false }
      } else if tag.4.isEmpty && !single.contains(tag.2) {
        open.append(tag.2)
      }
    }
    return open.isEmpty && !text.contains("nan\"") && !text.contains("inf\"")
  }
}

@Suite struct PlotTests {
  private static func plot(_ scale: Plot.Scale) -> Plot {
    var plot = Plot(
      title: "a < b", horizontal: "steps", vertical: "size",
      series: [
        Plot.Series("one & two", .blue, .line, [(0, 100), (1, 1), (2, .nan), (3, 0.01)].map(Plot.Point.init)),
        Plot.Series("dots", .orange, .dots, [Plot.Point(x: 1.5, y: 0)]),
      ])
    plot.verticalScale = scale
    plot.verticalRange = 0.01...100
    plot.marks = [Plot.Mark("here", x: 1, y: 1)]
    return plot
  }

  private func places(_ svg: String) -> [[[Double]]] {
    svg.matches(of: #/<polyline points="([^"]*)"/#).map { match in
      match.1.split(separator: " ").map { $0.split(separator: ",").map { Double($0) ?? .nan } }
    }
  }

  /// 1 lies halfway between 100 and 0.01; zero has no place; a line breaks where there is no number.
  @Test func powersOfTenAreEquallyFarApart() throws {
    let svg = Self.plot(.logarithmic).svg(width: 500, height: 300)
    #expect(WellFormed.check(svg) && svg.contains("a &lt; b") && svg.contains("one &amp; two"))
    let lines = places(svg)
    #expect(lines.count == 2 && lines[0].count == 2 && lines[1].count == 1)
    #expect(abs(lines[0][0][1] + lines[1][0][1] - 2 * lines[0][1][1]) < 0.03)
    for text in ["10⁻²", "10²", ">1<", "steps", "size", ">here<"] { #expect(svg.contains(text), "\(text)") }
    // The legend's and the mark's; the dot at zero is not drawn.
    #expect(svg.components(separatedBy: "<circle").count == 3)
  }

  @Test func aLinearAxisShowsZero() {
    let svg = Self.plot(.linear).svg(width: 500, height: 300)
    #expect(WellFormed.check(svg) && svg.components(separatedBy: "<circle").count == 4)
  }

  @Test func theTerminalNamesAxesAndLines() {
    let plain = Self.plot(.logarithmic).terminal(columns: 60, rows: 10)
    #expect(plain[0] == "a < b" && plain[1] == "  a one & two" && plain[3] == "size")
    #expect(plain.last?.contains("steps") == true && plain.contains { $0.hasPrefix(" 10² ┤") })
    // The letter of the line at its end, in the last row of the field.
    #expect(plain[plain.count - 4].contains("a"))
    #expect(plain.allSatisfy { !$0.contains("\u{1B}") })
    #expect(Self.plot(.linear).terminal(coloured: true).contains { $0.contains("\u{1B}[34m") })
  }

  /// Nothing, one point, or numbers that are none.
  @Test func noNumbersBreakIt() {
    for points in [
      [], [Plot.Point(x: 0, y: 0)], [Plot.Point(x: .nan, y: .infinity)], [Plot.Point(x: 1e300, y: -1e300)],
    ] {
      for scale in [Plot.Scale.linear, .logarithmic] {
        var plot = Plot(title: "", horizontal: "", vertical: "", series: [Plot.Series("x", .red, .line, points)])
        plot.verticalScale = scale
        #expect(WellFormed.check(plot.svg()) && !plot.terminal().isEmpty)
      }
    }
  }
}
