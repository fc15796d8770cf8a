/// The lowest point of a function of a few numbers, without its derivative (Nelder and Mead 1965).
package enum SimplexSearch {
  /// - Parameters:
  ///   - start: where to begin; the first steps are 1 long.
  ///   - steps: after which the search ends, if its points have not met before.
  package static func minimum(
    from start: [Double], steps: Int = 120, _ function: ([Double]) -> Double
  ) -> [Double] {
    let n = start.count
    var points = [(x: start, value: function(start))]
    for index in 0..<n {
      var x = start
      x[index] += 1
      points.append((x, function(x)))
    }
    for _ in 0..<steps {
      points.sort { $0.value < $1.value }
      let (lowest, highest) = (points[0].value, points[n].value)
      if highest - lowest <= 1e-9 * abs(lowest) { break }
      let middle = (0..<n).map { axis in points[..<n].reduce(0) { $0 + $1.x[axis] } / Double(n) }
      func along(_ factor: Double) -> (x: [Double], value: Double) {
        let x = (0..<n).map { middle[$0] + factor * (points[n].x[$0] - middle[$0]) }
        return (x, function(x))
      }
      let mirrored = along(-1)
      if mirrored.value < lowest {
        let farther = along(-2)
        points[n] = farther.value < mirrored.value ? farther : mirrored
      } else if mirrored.value < points[n - 1].value {
        points[n] = mirrored
      } else {
        let nearer = along(mirrored.value < highest ? -0.5 : 0.5)
        if nearer.value < min(mirrored.value, highest) {
          points[n] = nearer
        } else {
          for index in 1...n {
            let x = zip(points[0].x, points[index].x).map { $0 + 0.5 * ($1 - $0) }
            points[index] = (x, function(x))
          }
        }
      }
    }
    return points.min { $0.value < $1.value }?.x ?? start
  }
}
