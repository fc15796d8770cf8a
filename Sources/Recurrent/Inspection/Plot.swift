import Tensors

/// Lines and dots over two named axes, to be drawn as SVG or in a terminal.
public struct Plot: Sendable {
  public typealias Point = LineChart.Point

  public enum Scale: Sendable, Hashable {
    case linear
    /// Powers of ten are equally far apart; what is not above zero is not drawn.
    case logarithmic
  }

  public enum Colour: Sendable, Hashable {
    case blue, orange, green, purple, red, sky, grey
    /// From 0, light, to 4, dark: an order.
    case shade(Int)

    /// So many that are told apart easily, over and over.
    public static func of(_ index: Int) -> Colour { [.blue, .orange, .green, .purple, .red, .sky][index % 6] }

    /// Okabe and Ito's colours, which people who see no red or green tell apart too.
    var hex: String {
      switch self {
      case .blue: "#0072b2"
      case .orange: "#d98200"
      case .green: "#009e73"
      case .purple: "#b0568f"
      case .red: "#c8500a"
      case .sky: "#3f9fd8"
      case .grey: "#94a3b8"
      case .shade(let level): ["#c6dbef", "#8fc0e0", "#5299cb", "#2370b1", "#08306b"][max(0, min(4, level))]
      }
    }

    /// Among the colours of terminals.
    var terminal: Int {
      switch self {
      case .blue: 34
      case .orange: 33
      case .green: 32
      case .purple: 35
      case .red: 31
      case .sky: 36
      case .grey: 90
      case .shade(let level): level < 2 ? 36 : 34
      }
    }
  }

  public enum Style: Sendable, Hashable { case line, dashed, dots }

  public struct Series: Sendable {
    public var name: String
    public var colour: Colour
    public var style: Style
    /// NaN breaks a line.
    public var points: [Point]
    /// A range at each point; none or as many as points.
    public var band: [ClosedRange<Double>]

    public init(
      _ name: String, _ colour: Colour, _ style: Style = .line, _ points: [Point], band: [ClosedRange<Double>] = []
    ) {
      precondition(band.isEmpty || band.count == points.count, "\(band.count) ranges at \(points.count) points")
      (self.name, self.colour, self.style, self.points, self.band) = (name, colour, style, points, band)
    }
  }

  public struct Mark: Sendable {
    public var point: Point
    public var text: String

    public init(_ text: String, x: Double, y: Double) {
      self.text = text
      point = Point(x: x, y: y)
    }
  }

  public var title: String
  public var horizontalName: String
  public var verticalName: String
  public var series: [Series]
  public var marks: [Mark] = []
  /// What is written of the drawing under its title.
  public var note = ""
  /// nil for what the points take.
  public var horizontalRange: ClosedRange<Double>?
  public var verticalRange: ClosedRange<Double>?
  public var verticalScale = Scale.linear

  public init(title: String, horizontal: String, vertical: String, series: [Series]) {
    (self.title, horizontalName, verticalName, self.series) = (title, horizontal, vertical, series)
  }

  var horizontalAxis: PlotAxis {
    PlotAxis(horizontalRange, of: series.flatMap { $0.points.map(\.x) }, scale: .linear, margin: hasDots ? 0.03 : 0)
  }

  var verticalAxis: PlotAxis {
    let ends = series.flatMap { $0.band.flatMap { [$0.lowerBound, $0.upperBound] } }
    return PlotAxis(
      verticalRange, of: series.flatMap { $0.points.map(\.y) } + ends, scale: verticalScale, margin: 0.04)
  }

  private var hasDots: Bool { series.contains { $0.style == .dots } }
}

/// Where numbers lie along an axis.
struct PlotAxis {
  /// Of the numbers, or of their decimal logarithms.
  private let low: Double
  private let high: Double
  private let scale: Plot.Scale

  init(_ range: ClosedRange<Double>?, of values: [Double], scale: Plot.Scale, margin: Double) {
    self.scale = scale
    let found = (range.map { [$0.lowerBound, $0.upperBound] } ?? values).compactMap { Self.position($0, scale) }
    let (low, high) = (found.min() ?? 0, found.max() ?? 1)
    let least = 1e-12 * max(abs(low), abs(high), 1e-3)
    let half = max(0.5, abs(low) / 10)
    let room = range == nil ? margin * (high - low) : 0
    (self.low, self.high) = high - low > least ? (low - room, high + room) : (low - half, high + half)
  }

  private static func position(_ value: Double, _ scale: Plot.Scale) -> Double? {
    guard value.isFinite else { return nil }
    if scale == .linear { return value }
    return value > 0 ? Double.log(value) / Double.log(10) : nil
  }

  /// 0 at the low end, 1 at the high end; nil for what has no place on this scale.
  func share(_ value: Double) -> Double? { Self.position(value, scale).map { ($0 - low) / (high - low) } }

  /// Marked numbers and what stands there.
  func ticks(about count: Int) -> [(value: Double, text: String)] {
    if scale == .linear {
      let values = AxisTicks.values(from: low, to: high, about: count)
      let step = values.count > 1 ? values[1] - values[0] : max(abs(values[0]), 1e-12)
      return values.map { ($0, AxisTicks.text($0, step: step)) }
    }
    // The logarithm of a power of ten may miss it by a rounding.
    let (first, last) = (Int((low - 1e-9).rounded(.up)), Int((high + 1e-9).rounded(.down)))
    guard first <= last else {
      let middle = Double.power(10, (low + high) / 2)
      return [(middle, AxisTicks.text(middle, step: middle / 100))]
    }
    let step = max(1, (last - first + count) / max(1, count))
    return stride(from: last, through: first, by: -step).reversed().map {
      (Double.power(10, Double($0)), Self.powerOfTen($0))
    }
  }

  /// 10⁻³
  private static func powerOfTen(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    if (0...1).contains(exponent) { return exponent == 0 ? "1" : "10" }
    return "10" + (exponent < 0 ? "⁻" : "")
      + String(String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}
