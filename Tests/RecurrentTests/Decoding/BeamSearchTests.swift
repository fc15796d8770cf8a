import Recurrent
import TestSupport
import Tensors
import Testing

/// Beam search against trying everything, with a model whose probabilities come from a table of the last two tokens.
@Suite struct BeamSearchTests {
  static let vocabulary = 4
  static let end: Int32 = 3
  static let start: Int32 = 0

  /// Different for each source; the next token depends on the two before it.
  struct Model: SearchSession {
    let seeds: [UInt64]
    private var contexts: [[Int32]]
    private var sources: [Int]

    init(_ seeds: [UInt64]) {
      self.seeds = seeds
      contexts = seeds.map { _ in [] }
      sources = Array(seeds.indices)
    }

    static func row(_ seed: UInt64, _ context: [Int32]) -> (logs: [Float], attention: [Float]) {
      let last = context.suffix(2).reduce(1) { $0 * 5 + UInt32($1) }
      let logits = RandomKey(seed: seed, stream: last).uniform([1, BeamSearchTests.vocabulary], in: -2..<2)
      let attention = RandomKey(seed: seed, stream: last + 1000).uniform([1, 1, 3], in: -2..<2).softmax()
      return (logits.logSoftmax().scalars, attention.scalars)
    }

    mutating func step(tokens: [Int32], parents: [Int32]) -> (logProbabilities: Tensor, attention: Tensor?) {
      let (before, width) = (contexts.count / sources.count, tokens.count / sources.count)
      let isFirst = contexts.allSatisfy(\.isEmpty)
      contexts = tokens.indices.map { row in
        contexts[row / width * before + Int(parents[row])] + (isFirst ? [] : [tokens[row]])
      }
      if isFirst { contexts = contexts.map { _ in [9] } }
      let rows = contexts.indices.map { Self.row(seeds[sources[$0 / width]], contexts[$0].filter { $0 != 9 }) }
      return (
        Tensor(rows.flatMap(\.logs), shape: [rows.count, BeamSearchTests.vocabulary]),
        Tensor(rows.flatMap(\.attention), shape: [rows.count, 3])
      )
    }

    mutating func keep(_ kept: [Int]) {
      let width = contexts.count / sources.count
      contexts = kept.flatMap { contexts[$0 * width..<($0 + 1) * width] }
      sources = kept.map { sources[$0] }
    }
  }

  struct Output: Equatable {
    var tokens: [Int32]
    var logProbability: Double
    var score: Double
  }

  /// Every output of at most `length` tokens; those that have not ended there are cut.
  static func everything(_ seed: UInt64, _ options: SearchOptions) -> [Output] {
    var all: [Output] = []
    func go(_ tokens: [Int32], _ sum: Double, _ coverage: [Double]) {
      let (logs, attention) = Model.row(seed, tokens)
      let covered = zip(coverage, attention).map { $0 + Double($1) }
      func add(_ total: Double, _ count: Int) {
        let penalty = options.coveragePenalty * covered.reduce(0) { $0 + Double.log(min(1, Double(Float($1)))) }
        let normal = Double.power((5 + Double(count)) / 6, options.lengthPenalty)
        all.append(Output(tokens: tokens, logProbability: total, score: total / normal + penalty))
      }
      add(sum + Double(logs[Int(end)]), tokens.count + 1)
      if tokens.count == options.length { return add(sum, tokens.count) }
      for token in 0..<end { go(tokens + [token], sum + Double(logs[Int(token)]), covered) }
    }
    go([], 0, [0, 0, 0])
    return all.sorted { $0.score > $1.score }
  }

  private func search(_ seeds: [UInt64], _ options: SearchOptions) -> [[Hypothesis]] {
    var model = Model(seeds)
    return BeamSearch(options, start: Self.start, end: Self.end).run(&model, sources: seeds.count)
  }

  /// Coverage is summed in float32: three numbers below 4, and their logarithms.
  private let tolerance = 1e-5

  @Test(arguments: [0, 0.6, 1.0], [0, 0.4])
  func aBeamAsWideAsTheSpaceFindsTheBest(_ lengthPenalty: Double, _ coveragePenalty: Double) {
    // 3^4 + 3^3 + ... + 1 outputs that end and 3^4 that are cut, from 4 times 3^4 candidates of the last step.
    let options = SearchOptions(
      beam: 324, best: 10, length: 4, lengthPenalty: lengthPenalty, coveragePenalty: coveragePenalty)
    for (seed, found) in zip(1...20, search((1...20).map { UInt64($0) }, options)) {
      let wanted = Self.everything(UInt64(seed), options).prefix(10)
      #expect(found.map(\.tokens) == wanted.map(\.tokens))
      #expect(zip(found, wanted).allSatisfy { abs($0.score - $1.score) < tolerance })
      #expect(zip(found, wanted).allSatisfy { abs($0.logProbability - $1.logProbability) < tolerance })
    }
  }

  @Test func aBeamOfOneTakesTheLikeliestTokenAlways() {
    let seeds = (1...50).map { UInt64($0) }
    for (seed, found) in zip(seeds, search(seeds, SearchOptions(beam: 1, length: 8))) {
      var tokens: [Int32] = []
      var sum: Float = 0
      var ended = false
      while tokens.count <= 8 {
        let logs = Model.row(seed, tokens).logs
        let best = logs.indices.max { logs[$0] < logs[$1] } ?? 0
        if best == Int(Self.end) || tokens.count < 8 { sum += logs[best] }
        ended = best == Int(Self.end)
        if ended || tokens.count == 8 { break }
        tokens.append(Int32(best))
      }
      #expect(found.count == 1 && found[0].tokens == tokens && found[0].finished == ended)
      #expect(abs(found[0].logProbability - Double(sum)) < 1e-5)
    }
  }

  /// What stands beside a source, and when others are done, has no influence.
  @Test func sourcesDoNotMeet() {
    let seeds = (1...30).map { UInt64($0) }
    let options = SearchOptions(beam: 3, best: 3, length: 9)
    let together = search(seeds, options)
    for (seed, found) in zip(seeds, together) { #expect(search([seed], options)[0] == found) }
  }

  /// A wider beam finds nothing worse, in the mean over many models.
  @Test func widerIsBetterInTheMean() {
    let seeds = (1...100).map { UInt64($0) }
    let means = [1, 2, 4, 8].map { beam in
      search(seeds, SearchOptions(beam: beam, length: 6, lengthPenalty: 0)).reduce(0) { $0 + $1[0].score } / 100
    }
    #expect(zip(means, means.dropFirst()).allSatisfy { $0 <= $1 } && means[0] < means[3])
  }

  @Test func blockedSequencesOccurOnce() {
    let seeds = (1...40).map { UInt64($0) }
    var differs = 0
    // In favour of long outputs.
    var options = SearchOptions(beam: 3, length: 12, lengthPenalty: 4)
    let free = search(seeds, options)
    options.blockedNGram = 2
    for (found, other) in zip(search(seeds, options), free) {
      let tokens = found[0].tokens
      let pairs = zip(tokens, tokens.dropFirst()).map { [$0, $1] }
      #expect(Set(pairs).count == pairs.count)
      if tokens != other[0].tokens { differs += 1 }
    }
    #expect(differs > 0)
  }

  @Test func attentionIsKeptForEachTokenAndTheEnd() {
    var model = Model([3])
    let search = BeamSearch(SearchOptions(beam: 4, length: 6), start: Self.start, end: Self.end, keepsAttention: true)
    let best = search.run(&model, sources: 1)[0][0]
    #expect(best.attention.count == best.tokens.count + 1)
    for (index, row) in best.attention.enumerated() {
      #expect(row == Model.row(3, Array(best.tokens.prefix(index))).attention)
    }
  }

  @Test func forbiddenTokensAreNeverGiven() {
    var model = Model((1...30).map { UInt64($0) })
    let search = BeamSearch(SearchOptions(beam: 2, length: 6), start: Self.start, end: Self.end, forbidden: [1])
    #expect(search.run(&model, sources: 30).allSatisfy { !$0[0].tokens.contains(1) })
  }
}
