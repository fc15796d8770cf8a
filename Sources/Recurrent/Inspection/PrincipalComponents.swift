import Tensors

/// The directions in which points differ most (Pearson 1901): eigenvectors of their covariance.
public struct PrincipalComponents: Sendable {
  /// `[points][components]`: where each point lies along each direction, from their mean.
  public let coordinates: [[Double]]
  /// The part of the variance in each direction.
  public let shares: [Double]

  /// - Parameters:
  ///   - points: `[points, features]`
  ///   - count: of components; at most as many as features.
  public init(_ points: Tensor, count: Int) {
    let (rows, features) = (points.shape[0], points.shape[1])
    let numbers = points.scalars
    var mean = [Double](repeating: 0, count: features)
    for (place, number) in numbers.enumerated() { mean[place % features] += Double(number) / Double(rows) }
    let centred = numbers.enumerated().map { Double($1) - mean[$0 % features] }
    var covariance = [[Double]](repeating: [Double](repeating: 0, count: features), count: features)
    centred.withUnsafeBufferPointer { x in
      for i in 0..<features {
        covariance[i].withUnsafeMutableBufferPointer { sums in
          for row in 0..<rows {
            let (base, factor) = (row * features, x[row * features + i] / Double(rows))
            for j in 0..<features { sums[j] += factor * x[base + j] }
          }
        }
      }
    }
    let found = SingularValues(columns: covariance)
    let total = found.values.reduce(0, +)
    let directions = (0..<min(count, features)).map { index -> [Double] in
      let (length, vector) = (found.values[index], found.scaledVectors[index])
      guard length > 0 else { return [Double](repeating: 0, count: features) }
      // Which way a direction points is open: its greatest element is positive.
      let greatest = vector.max { abs($0) < abs($1) } ?? 0
      return vector.map { $0 / (greatest < 0 ? -length : length) }
    }
    shares = (0..<directions.count).map { total > 0 ? found.values[$0] / total : 0 }
    coordinates = (0..<rows).map { row in
      directions.map { direction in
        direction.indices.reduce(0.0) { $0 + direction[$1] * centred[row * features + $1] }
      }
    }
  }
}

extension StateTrace {
  /// Points of a drawing: more hide one another.
  private static let mostPoints = 2000

  /// The states h of a layer in two dimensions, coloured by a property where there is one.
  ///
  /// - Parameter values: of the property after each token; nil for none.
  public func principalComponentChart(layer: Int, _ property: TextProperty?, _ values: [Double?]?) -> Plot {
    let chosen = (0..<min(count, Self.mostPoints)).map { Int32($0 * count / min(count, Self.mostPoints)) }
    let components = PrincipalComponents(states[layer][0].gather(chosen, shape: [chosen.count]), count: 2)
    let points = components.coordinates.map { Plot.Point(x: $0[0], y: $0.count > 1 ? $0[1] : 0) }
    func percent(_ index: Int) -> String {
      let share = components.shares.indices.contains(index) ? components.shares[index] : 0
      return "\(AxisTicks.text(share * 100, step: 0.1)) % of the variance"
    }
    var plot = Plot(
      title: "States h of layer \(layer) in two dimensions", horizontal: "first component, \(percent(0))",
      vertical: "second component, \(percent(1))", series: [])
    func series(_ name: String, _ colour: Plot.Colour, where belongs: (Double) -> Bool) -> Plot.Series {
      Plot.Series(
        name, colour, .dots,
        zip(chosen, points).filter { index, _ in values?[Int(index)].map(belongs) ?? false }.map(\.1))
    }
    guard let property, let values else {
      plot.series = [Plot.Series("", .blue, .dots, points)]
      return plot
    }
    plot.note = "coloured by: \(property)"
    if property.isYesOrNo {
      plot.series = [series("no", .sky) { $0 == 0 }, series("yes", .red) { $0 > 0 }]
    } else {
      // Five groups of about one size.
      let known = chosen.compactMap { values[Int($0)] }
      let ends = (0...5).map { known.quantile(Double($0) / 5) }
      plot.series = (0..<5).map { group in
        series("\(Int(ends[group]) + (group == 0 ? 0 : 1)) to \(Int(ends[group + 1]))", .shade(group)) {
          (group == 0 || $0 > ends[group]) && $0 <= ends[group + 1]
        }
      }
    }
    return plot
  }
}
