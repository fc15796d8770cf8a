import Recurrent
import Tensors
import Testing

@Suite struct StateAutomatonTests {
  /// An automaton by hand that reads a, b: words with an even number of a that do not end in b. States 1 and 2 mean the same.
  private static let moves = [[3, 1], [3, 2], [3, 1], [0, 4], [0, 4]]
  private static let answers = [[true], [false], [false], [false], [false]]

  /// Strings as a network would read them whose states are those of the automaton with some noise.
  private static func traces(_ count: Int, seed: UInt64, noise: Double = 0.1) -> [SymbolTrace] {
    var random = SequentialRandom(RandomKey(seed: seed))
    return (0..<count).map { _ in
      let symbols = (0..<Int.random(in: 1...12, using: &random)).map { _ in Int.random(in: 0...1, using: &random) }
      var state = 0
      var states: [[Double]] = []
      var given: [[Bool]] = []
      for symbol in symbols {
        state = moves[state][symbol]
        states.append((0..<5).map { ($0 == state ? 1 : 0) + Double.random(in: -noise...noise, using: &random) })
        given.append(answers[state])
      }
      return SymbolTrace(symbols: symbols, states: states, answers: given, truth: given)
    }
  }

  @Test func findsTheSmallestAutomaton() {
    let automaton = StateAutomaton(Self.traces(300, seed: 1), symbols: 2, clusters: 5)
    // The start, and three kinds of states: even; even and ended in b; odd. A string tells no more apart.
    #expect(automaton.clusters == 5)
    #expect(automaton.transitions.count == 4)
    let unseen = automaton.agreement(Self.traces(200, seed: 2))
    #expect(unseen.network.steps == 1 && unseen.network.strings == 1)
    #expect(unseen.truth == unseen.network && unseen.networkWithTruth == unseen.network)
  }

  @Test func takesAsManyClustersAsItNeeds() {
    let automaton = StateAutomaton(Self.traces(300, seed: 3), symbols: 2, atMost: 20)
    #expect(automaton.agreement(Self.traces(100, seed: 4)).network.strings == 1)
    #expect(automaton.clusters < 20)
    // Two clusters cannot do it, and the agreement says so.
    let poor = StateAutomaton(Self.traces(300, seed: 3), symbols: 2, clusters: 1)
    #expect(poor.agreement(Self.traces(100, seed: 4)).network.strings < 0.5)
  }

  /// What disagrees is counted by brute force.
  @Test func agreementCountsSteps() throws {
    let automaton = StateAutomaton(Self.traces(300, seed: 1), symbols: 2, clusters: 5)
    var trace = try #require(Self.traces(50, seed: 9).first { $0.symbols.count >= 6 })
    trace.truth[2][0].toggle()
    let found = automaton.agreement([trace])
    let right = Double(trace.symbols.count - 1) / Double(trace.symbols.count)
    #expect(found.network.steps == 1 && found.network.strings == 1)
    #expect(found.truth.steps == right && found.truth.strings == 0 && found.networkWithTruth.steps == right)
  }

  /// Of clusters of points that lie apart, each point goes to its own.
  @Test func clustersOfPointsFarApart() {
    var random = SequentialRandom(RandomKey(seed: 5))
    let points = (0..<90).map { index -> [Double] in
      let corner = [[0.0, 0], [5, 0], [0, 5]][index % 3]
      return corner.map { $0 + Double.random(in: -0.5...0.5, using: &random) }
    }
    let groups = KMeans(points, clusters: 3, key: RandomKey(seed: 6))
    for index in 3..<90 { #expect(groups.assignment[index] == groups.assignment[index % 3]) }
    #expect(Set(groups.assignment).count == 3)
    for (index, point) in points.enumerated() { #expect(groups.nearest(point) == groups.assignment[index]) }
    // No more clusters than points that differ.
    #expect(KMeans([[1], [1], [2]], clusters: 3, key: RandomKey(seed: 1)).centres.count == 2)
  }

  @Test func drawingHasEveryWay() {
    let automaton = StateAutomaton(Self.traces(300, seed: 1), symbols: 2, clusters: 5)
    let drawing = AutomatonDrawing(automaton, symbols: ["a", "b"], outputs: ["yes"])
    let ways = automaton.transitions.reduce(0) { $0 + Set($1.compactMap { $0 }).count }
    #expect(drawing.svg.split(separator: "marker-end").count == ways + 1)
    #expect(drawing.table.split(separator: "\n").count == automaton.transitions.count + 1)
  }
}
