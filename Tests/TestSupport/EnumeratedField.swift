#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A conditional random field over one sequence by its definition: every path is tried, in double precision. What is
/// forbidden has the potential minus infinity.
package struct EnumeratedField {
  /// `[time][tags]`
  package let emissions: [[Double]]
  /// `[from][to]`
  package let transitions: [[Double]]
  package let start: [Double]
  package let end: [Double]

  /// The logarithm of the sum of exp(score) over all paths.
  package private(set) var logPartition = -Double.infinity
  /// `[time][tags]`: the probability of each tag at each step.
  package private(set) var marginals: [[Double]]
  /// `[from][to]`: the expected number of transitions.
  package private(set) var pairs: [[Double]]
  package private(set) var bestPath: [Int32] = []
  package private(set) var bestScore = -Double.infinity
  /// Those whose probability is not zero.
  package private(set) var possiblePaths: [[Int]] = []

  package init(emissions: [[Double]], transitions: [[Double]], start: [Double], end: [Double]) {
    (self.emissions, self.transitions, self.start, self.end) = (emissions, transitions, start, end)
    let (time, tags) = (emissions.count, start.count)
    marginals = Array(repeating: Array(repeating: 0, count: tags), count: time)
    pairs = Array(repeating: Array(repeating: 0, count: tags), count: tags)
    let paths = allPaths
    possiblePaths = paths.filter { score($0) > -.infinity }
    let scores = paths.map(score)
    bestScore = scores.max() ?? -.infinity
    bestPath = paths[scores.firstIndex(of: bestScore) ?? 0].map(Int32.init)
    let sum = scores.reduce(0) { $0 + exp($1 - bestScore) }
    logPartition = bestScore + log(sum)
    for (path, score) in zip(paths, scores) {
      let probability = exp(score - logPartition)
      for t in 0..<time { marginals[t][path[t]] += probability }
      for (from, to) in zip(path, path.dropFirst()) { pairs[from][to] += probability }
    }
  }

  package func score(_ path: [Int]) -> Double {
    var score = start[path[0]] + end[path[path.count - 1]]
    for (t, tag) in path.enumerated() { score += emissions[t][tag] }
    for (from, to) in zip(path, path.dropFirst()) { score += transitions[from][to] }
    return score
  }

  private var allPaths: [[Int]] {
    emissions.reduce([[]]) { paths, _ in paths.flatMap { path in start.indices.map { path + [$0] } } }
  }
}

/// Rows of so many elements.
package func rows(_ flat: [Float], of columns: Int) -> [[Double]] {
  stride(from: 0, to: flat.count, by: columns).map { flat[$0..<$0 + columns].map(Double.init) }
}
