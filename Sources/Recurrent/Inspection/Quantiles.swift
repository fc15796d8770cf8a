extension [Double] {
  /// The number below which this part of the numbers lies, by linear interpolation between neighbours (type 7 of Hyndman
  /// and Fan 1996); NaN of none.
  package func quantile(_ part: Double) -> Double {
    guard !isEmpty else { return .nan }
    let sorted = sorted()
    let place = part * Double(count - 1)
    let below = Int(place)
    let above = Swift.min(below + 1, count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }

  package var median: Double { quantile(0.5) }
}
