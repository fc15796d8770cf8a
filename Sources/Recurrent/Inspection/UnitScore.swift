import Tensors

/// How well one number tells another.
public enum Association {
  /// The area under the curve of the receiver operating characteristic: the probability that the value of a case with the
  /// property is above that of a case without, where equal values count half (Mann and Whitney 1947). From the ranks, in
  /// O(n log n).
  ///
  /// - Returns: nil where all cases, or none, have the property.
  public static func areaUnderCurve(_ values: [Float], _ holds: [Bool]) -> Double? {
    let positive = holds.count { $0 }
    let negative = holds.count - positive
    guard positive > 0, negative > 0 else { return nil }
    let order = values.indices.sorted { values[$0] < values[$1] }
    var (rankSum, first) = (0.0, 0)
    while first < order.count {
      var end = first + 1
      while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
      // Equal values share the mean of the ranks first + 1 to end.
      let rank = Double(first + 1 + end) / 2
      for place in first..<end where holds[order[place]] { rankSum += rank }
      first = end
    }
    let pairs = Double(positive) * Double(negative)
    return (rankSum - Double(positive) * Double(positive + 1) / 2) / pairs
  }

  /// Pearson's correlation coefficient; nil where either is constant.
  public static func correlation(_ x: [Float], _ y: [Double]) -> Double? {
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0) { $0 + Double($1) } / count, y.reduce(0, +) / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      let (dx, dy) = (Double(a) - meanX, b - meanY)
      xx += dx * dx
      yy += dy * dy
      xy += dx * dy
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : nil
  }
}

/// How well a unit tells a property of a text.
public struct UnitScore: Sendable, Hashable {
  public var unit: StateTrace.Unit
  /// True if the unit is low where the property holds.
  public var isInverted: Bool
  /// On the first half of the text, which the unit was chosen on: the area under the curve, or the correlation, of the unit
  /// or of its negative where it is inverted.
  public var chosenOn: Double
  /// On the second half: not the best of many chances. NaN where the unit is constant there.
  public var score: Double
}

extension StateTrace {
  /// The units that best tell a property on the first half of a text, with their scores on the second half.
  ///
  /// - Parameters:
  ///   - values: of the property after each token, as `TextProperty.values` gives them.
  ///   - layers: whose units are tried.
  ///   - count: of units.
  /// - Returns: from the best on the first half down.
  /// - Throws: `InspectionError.sameEverywhere`; `.shortText`.
  public func bestUnits(
    _ property: TextProperty, _ values: [Double?], layers: Range<Int>, count: Int
  ) throws(InspectionError) -> [UnitScore] {
    precondition(values.count == self.count, "\(values.count) values of \(self.count) tokens")
    guard self.count >= 4 else { throw .shortText(tokens: self.count, needed: 4) }
    let middle = self.count / 2
    let halves = [0..<middle, middle..<self.count].map { half in half.filter { values[$0] != nil } }
    for half in halves {
      let known = half.compactMap { values[$0] }
      guard let first = known.first, known.contains(where: { $0 != first }) else {
        throw .sameEverywhere(property: property.description, holds: known.first ?? 0 > 0)
      }
    }
    func association(_ activation: [Float], _ half: [Int]) -> Double? {
      let x = half.map { activation[$0] }
      let y = half.map { values[$0] ?? 0 }
      return property.isYesOrNo
        ? Association.areaUnderCurve(x, y.map { $0 > 0 }) : Association.correlation(x, y)
    }
    // The association of a unit that tells nothing.
    let chance = property.isYesOrNo ? 0.5 : 0
    var scores: [UnitScore] = []
    for layer in layers {
      for state in states[layer].indices {
        for index in 0..<hidden {
          let unit = Unit(layer: layer, state: state, unit: index)
          guard let first = association(self.values(unit), halves[0]) else { continue }
          let isInverted = first < chance
          scores.append(
            UnitScore(
              unit: unit, isInverted: isInverted, chosenOn: isInverted ? 2 * chance - first : first, score: .nan))
        }
      }
    }
    let best = scores.enumerated().sorted { ($1.element.chosenOn, $0.offset) < ($0.element.chosenOn, $1.offset) }
    return best.prefix(count).map { _, score in
      var score = score
      if let second = association(self.values(score.unit), halves[1]) {
        score.score = score.isInverted ? 2 * chance - second : second
      }
      return score
    }
  }
}
