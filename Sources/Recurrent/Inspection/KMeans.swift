import Tensors

/// Points in groups around means (Lloyd 1982), which start far from each other (k-means++, Arthur and Vassilvitskii 2007).
public struct KMeans: Sendable {
  /// `[clusters][features]`
  public private(set) var centres: [[Double]]
  /// The cluster of each point.
  public private(set) var assignment: [Int] = []

  /// - Parameters:
  ///   - points: `[points][features]`, one at least.
  ///   - clusters: fewer where fewer points differ.
  ///   - key: random numbers of the start.
  public init(_ points: [[Double]], clusters: Int, key: RandomKey, iterations: Int = 50) {
    precondition(!points.isEmpty && clusters > 0, "\(clusters) clusters of \(points.count) points")
    var random = SequentialRandom(key)
    centres = [points[Int.random(in: 0..<points.count, using: &random)]]
    var distances = points.map { Self.distance($0, centres[0]) }
    while centres.count < clusters {
      let total = distances.reduce(0, +)
      guard total > 0 else { break }
      var left = Double.random(in: 0..<total, using: &random)
      let next = distances.firstIndex { distance in
        left -= distance
        return left < 0 && distance > 0
      }
      guard let next = next ?? distances.lastIndex(where: { $0 > 0 }) else { break }
      centres.append(points[next])
      for (index, point) in points.enumerated() {
        distances[index] = min(distances[index], Self.distance(point, points[next]))
      }
    }
    for _ in 0..<iterations {
      let next = points.map(nearest)
      if next == assignment { break }
      assignment = next
      move(points)
    }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return sum
  }

  /// The cluster whose centre is nearest to a point.
  public func nearest(_ point: [Double]) -> Int {
    var (best, least) = (0, Double.infinity)
    for (index, centre) in centres.enumerated() {
      let distance = Self.distance(point, centre)
      if distance < least { (best, least) = (index, distance) }
    }
    return best
  }

  /// Each centre to the mean of its points; one that has lost all of them stays.
  private mutating func move(_ points: [[Double]]) {
    var sums = centres.map { [Double](repeating: 0, count: $0.count) }
    var counts = [Int](repeating: 0, count: centres.count)
    for (point, cluster) in zip(points, assignment) {
      counts[cluster] += 1
      for index in point.indices { sums[cluster][index] += point[index] }
    }
    for cluster in centres.indices where counts[cluster] > 0 {
      centres[cluster] = sums[cluster].map { $0 / Double(counts[cluster]) }
    }
  }
}
