import Recurrent
import TestSupport
import Testing

@Suite struct SamplerTests {
  static let logits: [Float] = [0, 1, 2, -1, 2.5]

  private func frequencies(_ options: SamplingOptions, forbidden: [Int32] = [], draws: Int = 20_000) -> [Double] {
    var sampler = Sampler(options, vocabulary: 5, forbidden: forbidden)
    var counts = [Double](repeating: 0, count: 5)
    for _ in 0..<draws { counts[Int(sampler.sample(Self.logits))] += 1 }
    return counts.map { $0 / Double(draws) }
  }

  private func expect(_ found: [Double], _ weights: [Double], draws: Double = 20_000) {
    let total = weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      let p = weight / total
      // Four standard deviations of a binomial proportion.
      #expect(abs(found[index] - p) <= 4 * (p * (1 - p) / draws).squareRoot(), "token \(index)")
    }
  }

  private static let e: [Double] = [1, 2.718281828, 7.389056099, 0.3678794412, 12.18249396]

  @Test func drawsFollowTheSoftmax() { expect(frequencies(SamplingOptions()), Self.e) }

  @Test func temperatureDividesLogits() {
    expect(frequencies(SamplingOptions(temperature: 0.5)), Self.e.map { $0 * $0 })
    #expect(frequencies(SamplingOptions(temperature: 0), draws: 10)[4] == 1)
  }

  @Test func topKAndTopPKeepTheLikeliest() {
    expect(frequencies(SamplingOptions(topK: 2)), [0, 0, Self.e[2], 0, Self.e[4]])
    // The two likeliest have 0.83 of the probability, the likeliest alone 0.52.
    expect(frequencies(SamplingOptions(topP: 0.8)), [0, 0, Self.e[2], 0, Self.e[4]])
    #expect(frequencies(SamplingOptions(topP: 0.5), draws: 100)[4] == 1)
  }

  @Test func forbiddenTokensAreNeverDrawn() {
    expect(frequencies(SamplingOptions(), forbidden: [4]), Array(Self.e[..<4]) + [0])
  }

  @Test func repetitionIsPenalised() {
    var sampler = Sampler(SamplingOptions(temperature: 0, repetitionPenalty: 2), vocabulary: 5)
    #expect(sampler.sample(Self.logits) == 4)
    sampler.observe(4)
    #expect(sampler.sample(Self.logits) == 2)
  }

  @Test(arguments: CellKind.allCases, [0, 7]) func aStreamGivesWhatTheWholeSequenceGives(
    _ kind: CellKind, _ embedding: Int
  ) {
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 13, embedding: embedding, cell: kind, hidden: 20, layers: 2), seed: 3)
    let ids = (0..<60).map { Int32($0 * 5 % 13) }
    let (logits, final) = model(ids, batch: 1, time: 60, state: model.zeroState(batch: 1))
    let stream = LanguageModelStream(model)
    for (step, id) in ids.enumerated() {
      stream.step(id)
      // 60 tokens of a vocabulary of 13 are looked up in both, so all products are the same.
      for token in 0..<13 { #expect(stream.logits[token] == logits.scalars[step * 13 + token]) }
    }
    #expect(zip(stream.state.layers.joined(), final.layers.joined()).allSatisfy { $0 == $1 })
  }
}
