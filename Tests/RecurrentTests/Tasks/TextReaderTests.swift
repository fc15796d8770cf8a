import Recurrent
import TestSupport
import Testing

/// Dynamic evaluation and the neural cache as a reader has them.
@Suite struct TextReaderTests {
  private static let model = LanguageModel(LanguageModelConfiguration(vocabulary: 6, cell: .lstm, hidden: 7), seed: 2)
  /// A text with a pattern of its own, which no model was trained on.
  private static let tokens: [Int32] = (0..<301).map { [0, 3, 3, 5, 1, 4][$0 % 6] }

  /// A reader that does nothing about the text is the model.
  @Test func readsAsTheModelDoes() {
    var reader = TextReader(Self.model)
    var state = Self.model.zeroState(batch: 1)
    #expect(reader.crossEntropies(Self.tokens) == Self.model.crossEntropies(Self.tokens, batch: 1, state: &state))
  }

  /// Where the calls are cut has no say in when the model learns. Products of other sizes add in another order: float32
  /// losses of about 2 differ by some 2^-22, and by the growth of that in 15 updates.
  @Test func calledInPartsItGivesTheSame() {
    let adaptation = DynamicEvaluation(Self.model, DynamicEvaluationOptions(segment: 20, rate: 0.5))
    var whole = TextReader(Self.model, adaptation: adaptation)
    var parts = TextReader(Self.model, adaptation: adaptation)
    let together = whole.crossEntropies(Self.tokens)
    var apart: [Float] = []
    var position = 0
    for size in [1, 7, 12, 20, 33, 100, 127] {
      apart += parts.crossEntropies(Array(Self.tokens[position...position + size]))
      position += size
    }
    #expect(apart.count == together.count)
    for (a, b) in zip(apart, together) { #expect(abs(a - b) < 1e-4) }
    // It learns the pattern: the same ten rounds of it cost less each time. What it began with stays.
    let rounds = stride(from: 0, to: 300, by: 60).map { together[$0..<$0 + 60].reduce(0, +) }
    #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0 > $1 }, "\(rounds)")
    #expect(adaptation.model.parameters.map(\.tensor) == Self.model.parameters.map(\.tensor))
    #expect(whole.adaptation?.model.parameters.map(\.tensor) != Self.model.parameters.map(\.tensor))
  }

  /// One update by hand: with statistics, as the paper has it.
  @Test func theUpdateIsThatOfThePaper() {
    let options = DynamicEvaluationOptions(segment: 5, rate: 0.01, decay: 0.3)
    let rms = Self.model.parameters.enumerated().map { index, parameter in
      RandomKey(seed: 8, stream: UInt32(index)).uniform(parameter.tensor.shape, in: 0..<0.1)
    }
    var adaptation = DynamicEvaluation(Self.model, options, rms: rms)
    let mean =
      rms.reduce(0) { $0 + $1.scalars.reduce(0) { $0 + Double($1) } }
      / Double(rms.reduce(0) { $0 + $1.count })
    for _ in 0..<2 {
      let before = adaptation.model
      let gradients = valueAndGradient(of: before) { model in
        model.loss(
          Array(Self.tokens[..<5]), targets: Array(Self.tokens[1..<6]), batch: 1, time: 5,
          state: model.zeroState(batch: 1)
        ).loss
      }.gradients
      adaptation.adapt(Array(Self.tokens[..<6]), from: Self.model.zeroState(batch: 1))
      for (index, parameter) in adaptation.model.parameters.enumerated() {
        let (w, start, g) = (
          before.parameters[index].tensor.scalars, Self.model.parameters[index].tensor.scalars,
          gradients.entries[index].tensor.scalars
        )
        for (i, value) in parameter.tensor.scalars.enumerated() {
          let r = Double(rms[index].scalars[i])
          let wanted =
            Double(w[i]) - 0.01 * Double(g[i]) / (r + 1e-3)
            + min(1, 0.3 * r / mean) * (Double(start[i]) - Double(w[i]))
          #expect(abs(Double(value) - wanted) < 1e-5, "\(parameter.name)[\(i)]")
        }
      }
    }
  }

  /// The root mean square of the gradients of segments, summed in double precision.
  @Test func statisticsAreRootMeanSquares() throws {
    let text: [Int32] = (0..<32 * 11).map { Int32($0 * $0 % 6) }
    let rms = try #require(
      DynamicEvaluation.rootMeanSquares(Self.model, segment: 5, range: 0..<text.count, read: { Array(text[$0]) }))
    var state = Self.model.zeroState(batch: 32)
    var squares = Self.model.parameters.map { [Double](repeating: 0, count: $0.tensor.count) }
    for segment in 0..<2 {
      let starts = (0..<32).map { $0 * 11 + segment * 5 }
      let (_, next, gradients) = valueAndGradient(of: Self.model) { model in
        let (loss, next) = model.loss(
          starts.flatMap { text[$0..<$0 + 5] }, targets: starts.flatMap { text[$0 + 1...$0 + 5] }, batch: 32, time: 5,
          state: state)
        return (loss, next)
      }
      state = next.detached
      for index in squares.indices {
        for (i, g) in gradients.entries[index].tensor.scalars.enumerated() {
          squares[index][i] += Double(g) * Double(g)
        }
      }
    }
    for index in squares.indices {
      for (ours, theirs) in zip(rms[index].scalars, squares[index]) {
        #expect(abs(Double(ours) - (theirs / 2).squareRoot()) < 1e-6)
      }
    }
    #expect(
      DynamicEvaluation.rootMeanSquares(Self.model, segment: 50, range: 0..<300, read: { Array(text[$0]) }) == nil)
  }

  /// The cache of a reader is the definition of a cache over the model's states.
  @Test func looksBack() {
    let options = NeuralCacheOptions(size: 50, weight: 0.4, flatness: 2)
    var reader = TextReader(Self.model, cache: NeuralCache(options, hidden: 7))
    var state = Self.model.zeroState(batch: 1)
    var hidden = Tensor(0)
    let plain = Self.model.crossEntropies(Self.tokens, batch: 1, state: &state) { hidden = $0 }
    let cached = reader.crossEntropies(Self.tokens)
    func product(_ a: Int, _ b: Int) -> Double {
      (0..<7).reduce(0) { $0 + Double(hidden.scalars[a * 7 + $1]) * Double(hidden.scalars[b * 7 + $1]) }
    }
    for t in [0, 1, 30, 60, 299] {
      let past = max(0, t - 50)..<t
      let all = past.reduce(0.0) { $0 + Double.exp(2 * product(t, $1)) }
      let same = past.reduce(0.0) {
        $0 + (Self.tokens[$1 + 1] == Self.tokens[t + 1] ? Double.exp(2 * product(t, $1)) : 0)
      }
      let p = Double.exp(-Double(plain[t]))
      let wanted = past.isEmpty ? Double(plain[t]) : -Double.log(0.6 * p + 0.4 * same / all)
      #expect(abs(Double(cached[t]) - wanted) < 1e-5, "step \(t)")
    }
  }
}
