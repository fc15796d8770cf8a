import Recurrent
import TestSupport
import Testing

@Suite struct GradientComparisonTests {
  private static func comparison() throws -> GradientComparison {
    let text = Array(sampleText(words: 400, seed: 2).utf8)
    let tokenizer = Tokenizer.byte
    return try GradientComparison(
      tokenizer.encode(text), vocabulary: tokenizer.count, hidden: 16, layers: 1, steps: 12, positions: 8, updates: 30,
      seed: 1)
  }

  /// The derivative of a sigmoid is at most 1/4, so a step back multiplies a norm by at most a quarter of the largest
  /// singular value of W_hh, and so its median too.
  @Test func aSigmoidLosesAtLeastThreeQuarters() throws {
    let comparison = try Self.comparison()
    #expect(comparison.entries.map(\.name) == ["Elman, sigmoid", "Elman, tanh", "GRU", "LSTM"])
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 256, cell: .elmanSigmoid, hidden: 16, layers: 1), seed: 1)
    let weights = rows(model.stack.layers[0].weights.recurrentWeight.scalars, of: 16)
    let most = SingularValues(columns: weights).values[0] / 4
    let initial = try #require(comparison.entries[0].initial)
    for (near, far) in zip(initial.curves[0].median, initial.curves[0].median.dropFirst()) {
      #expect(far > 0 && far <= near * most * (1 + 1e-5))
    }
    // A gate that is half open passes on half, which is more.
    let lstm = try #require(comparison.entries[3].initial?.curves.last)
    #expect(lstm.state == "c" && lstm.factor(from: 1, to: 12) > initial.curves[0].factor(from: 1, to: 12))
  }

  @Test func trainingLowersTheLoss() throws {
    for entry in try Self.comparison().entries {
      let initial = try #require(entry.initial)
      #expect(entry.trained.loss < initial.loss - 0.3, "\(entry.name)")
    }
  }

  @Test func chartsAndTablesHaveAllModels() throws {
    let comparison = try Self.comparison()
    for trained in [false, true] {
      #expect(comparison.table(trained: trained).map { $0[0] } == ["steps back"] + comparison.entries.map(\.name))
      // Those of h, and one of c.
      #expect(comparison.chart(trained: trained, title: "").series.count == 5)
    }
    for page in [comparison.page(source: "a<b", setting: "S."), comparison.drawing] {
      #expect(WellFormed.check(page))
      for name in comparison.entries.map(\.name) + ["At initialisation", "After training"] {
        #expect(page.contains(name), "\(name)")
      }
    }
  }
}
