import Tensors

/// Lines and intervals over time, to be drawn as SVG or in a terminal.
public struct LineChart: Sendable {
  public struct Point: Sendable, Hashable {
    public var x: Double
    /// NaN breaks a line.
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  public enum Role: Sendable, Hashable, CaseIterable {
    /// What came.
    case history
    case forecast
  }

  public struct Line: Sendable {
    public var name: String
    public var role: Role
    public var points: [Point]

    public init(_ name: String, _ role: Role, _ points: [Point]) {
      self.name = name
      self.role = role
      self.points = points
    }
  }

  /// What lies between two values at each place.
  public struct Band: Sendable {
    public var name: String
    public var x: [Double]
    public var ranges: [ClosedRange<Double>]

    public init(_ name: String, x: [Double], ranges: [ClosedRange<Double>]) {
      precondition(x.count == ranges.count, "\(ranges.count) intervals at \(x.count) places")
      self.name = name
      self.x = x
      self.ranges = ranges
    }
  }

  public var title: String
  public var lines: [Line]
  public var bands: [Band]
  /// Where the past ends; nil for no mark.
  public var boundary: Double?
  /// Places that may have a mark on the axis, in order, and what stands there.
  public var labels: [(x: Double, text: String)]

  public init(
    title: String, lines: [Line], bands: [Band] = [], boundary: Double? = nil, labels: [(x: Double, text: String)] = []
  ) {
    self.title = title
    self.lines = lines
    self.bands = bands
    self.boundary = boundary
    self.labels = labels
  }

  /// The smallest and the largest place; 0 and 1 where there is nothing.
  var horizontal: ClosedRange<Double> {
    Self.range(lines.flatMap { $0.points.map(\.x) } + bands.flatMap(\.x), margin: 0)
  }

  /// The smallest and the largest value, with some room.
  var vertical: ClosedRange<Double> {
    let ends = bands.flatMap { $0.ranges.flatMap { [$0.lowerBound, $0.upperBound] } }
    return Self.range(lines.flatMap { $0.points.map(\.y) } + ends, margin: 0.04)
  }

  private static func range(_ values: [Double], margin: Double) -> ClosedRange<Double> {
    let values = values.filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    if high - low <= 1e-12 * max(abs(low), abs(high)) {
      let half = low == 0 ? 1 : abs(low) / 10
      return (low - half)...(high + half)
    }
    return (low - margin * (high - low))...(high + margin * (high - low))
  }

  /// At most so many of the labels, equally far apart in their order.
  func chosenLabels(atMost count: Int) -> [(x: Double, text: String)] {
    guard labels.count > max(1, count) else { return labels }
    let step = (labels.count + count - 1) / count
    return labels.indices.filter { $0 % step == 0 }.map { labels[$0] }
  }
}
