import Recurrent
import Testing

/// Truncated backpropagation through time is backpropagation through windows.
@Suite struct TruncationTests {
  private static let tokens: [Int32] = (0...48).map { Int32($0 * $0 % 7) }

  /// The sum over windows of the gradient of the mean loss, as the trainer makes it with the state carried from window to
  /// window.
  private static func gradients(_ model: LanguageModel, window: Int) throws -> Gradients {
    var state = model.zeroState(batch: 1)
    var sum: Gradients?
    for start in stride(from: 0, to: tokens.count - 1, by: window) {
      let end = min(tokens.count - 1, start + window)
      let (_, next, gradients) = valueAndGradient(of: model) { model in
        let (loss, next) = model.loss(
          Array(tokens[start..<end]), targets: Array(tokens[start + 1...end]), batch: 1, time: end - start, state: state
        )
        return (Float(end - start) / Float(tokens.count - 1) * loss, next)
      }
      state = next.detached
      if sum == nil { sum = gradients } else { sum?.accumulate(gradients) }
    }
    return sum!
  }

  @Test(arguments: CellKind.allCases) func aWindowAsLongAsTheTextLeavesNothingOut(_ kind: CellKind) throws {
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 7, cell: kind, hidden: 9, layers: 2), seed: 1)
    let whole = valueAndGradient(of: model) { model in
      model.loss(
        Array(Self.tokens.dropLast()), targets: Array(Self.tokens.dropFirst()), batch: 1, time: 48,
        state: model.zeroState(batch: 1)
      ).loss
    }.gradients
    let truncated = try Self.gradients(model, window: 48)
    #expect(zip(truncated.entries, whole.entries).allSatisfy { $0.tensor == $1.tensor })
    let short = try Self.gradients(model, window: 6)
    #expect(!zip(short.entries, whole.entries).allSatisfy { $0.tensor == $1.tensor })
  }
}
