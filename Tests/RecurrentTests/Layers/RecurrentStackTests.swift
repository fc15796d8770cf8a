import Recurrent
import TestSupport
import Testing

/// What a sequence gives does not depend on what else is in the batch, on windows, or on threads: to the bit.
@Suite(.serialized) struct RecurrentStackTests {
  static func stack(_ kind: CellKind, hidden: Int = 50, layers: Int = 2, bidirectional: Bool = false) -> RecurrentStack
  {
    var initialiser = ParameterInitialiser(seed: 2)
    return RecurrentStack(
      kind.cell, input: 6, hidden: hidden, layers: layers, bidirectional: bidirectional, initialiser: &initialiser)
  }

  @Test(arguments: CellKind.allCases, [false, true])
  func aSequenceAloneGivesTheSameBits(_ kind: CellKind, _ bidirectional: Bool) {
    let stack = Self.stack(kind, bidirectional: bidirectional)
    let lengths: [Int32] = [7, 1, 4, 7, 0, 3]
    let x = RandomKey(seed: 5).uniform([6, 7, 6], in: -1..<1)
    let together = stack(.vectors(x), state: stack.zeroState(batch: 6), lengths: lengths)
    for row in 0..<6 where lengths[row] > 0 {
      let length = Int(lengths[row])
      let own = x.slice(row..<row + 1, axis: 0).slice(0..<length, axis: 1)
      let alone = stack(.vectors(own), state: stack.zeroState(batch: 1))
      let part = together.output.slice(row..<row + 1, axis: 0)
      #expect(part.slice(0..<length, axis: 1) == alone.output)
      #expect(part.slice(length..<7, axis: 1).scalars.allSatisfy { $0 == 0 })
      for (a, b) in zip(together.state.layers.joined(), alone.state.layers.joined()) {
        #expect(a.slice(row..<row + 1, axis: 0) == b)
      }
    }
  }

  @Test(arguments: CellKind.allCases) func twoWindowsWithCarriedStateAreOneSequence(_ kind: CellKind) {
    let stack = Self.stack(kind)
    let x = RandomKey(seed: 6).uniform([3, 9, 6], in: -1..<1)
    let whole = stack(.vectors(x), state: stack.zeroState(batch: 3))
    let first = stack(.vectors(x.slice(0..<4, axis: 1)), state: stack.zeroState(batch: 3))
    let second = stack(.vectors(x.slice(4..<9, axis: 1)), state: first.state)
    #expect(Tensor.concatenate([first.output, second.output], axis: 1) == whole.output)
    #expect(zip(second.state.layers.joined(), whole.state.layers.joined()).allSatisfy { $0 == $1 })
  }

  @Test(arguments: CellKind.allCases, [5, 40]) func preparedWeightsGiveTheSameBits(_ kind: CellKind, _ batch: Int) {
    let stack = Self.stack(kind, bidirectional: true)
    var prepared = stack
    prepared.prepare()
    let x = RandomKey(seed: 8).uniform([batch, 5, 6], in: -1..<1)
    let expected = stack(.vectors(x), state: stack.zeroState(batch: batch)).output
    #expect(prepared(.vectors(x), state: stack.zeroState(batch: batch)).output == expected)
    // Weights that change are no longer those that were prepared.
    prepared.visitParameters { _, parameter in parameter = parameter + parameter }
    var doubled = stack
    doubled.visitParameters { _, parameter in parameter = parameter + parameter }
    #expect(
      prepared(.vectors(x), state: stack.zeroState(batch: batch)).output
        == doubled(.vectors(x), state: stack.zeroState(batch: batch)).output)
  }

  /// Batches of 40 share rows among threads, batches of 5 share units; two threads take a direction each.
  @Test(arguments: CellKind.allCases, [(5, false), (40, false), (5, true)])
  func threadsDoNotMatter(_ kind: CellKind, _ work: (batch: Int, bidirectional: Bool)) {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let batch = work.batch
    let stack = Self.stack(kind, hidden: 150, bidirectional: work.bidirectional)
    let x = RandomKey(seed: 7).uniform([batch, 6, 6], in: -1..<1)
    let results = [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      return valueAndGradient(of: stack) { stack in
        let (output, _) = stack(.vectors(x), state: stack.zeroState(batch: batch))
        return (output * output).sum()
      }
    }
    for result in results.dropFirst() {
      #expect(result.value == results[0].value)
      #expect(zip(result.gradients.entries, results[0].gradients.entries).allSatisfy { $0.tensor == $1.tensor })
    }
  }

  /// Tokens look up what vectors multiply: the same sums in another order, so float32 rounding apart.
  @Test(arguments: [4, 40]) func tokensAreOneHotVectors(_ batch: Int) {
    let stack = Self.stack(.gru)
    let ids = (0..<batch * 5).map { Int32($0 * 7 % 6) }
    let oneHot = Tensor(ids.flatMap { id in (0..<6).map { Float($0 == id ? 1 : 0) } }, shape: [batch, 5, 6])
    let results = [
      SequenceInput.tokens(ids, batch: batch, time: 5, embedding: nil), .vectors(oneHot),
      .tokens(
        ids, batch: batch, time: 5,
        embedding: Tensor(
          (0..<36).map { Float($0 / 6 == $0 % 6 ? 1 : 0) }, shape: [6, 6])),
    ].map { input in
      valueAndGradient(of: stack) { stack in
        let (output, _) = stack(input, state: stack.zeroState(batch: batch))
        return (output * output).sum()
      }
    }
    for result in results.dropFirst() {
      for (a, b) in zip(result.gradients.entries, results[0].gradients.entries) {
        #expect(Difference(a.tensor, b.tensor).worst < 1e-5, "\(a.name)")
      }
    }
  }

  @Test func shapesOfTheBatchExample() {
    var initialiser = ParameterInitialiser(seed: 1)
    let stack = RecurrentStack(Elman(), input: 4, hidden: 2, initialiser: &initialiser)
    // Three words of five one-hot characters of four.
    let ids: [Int32] = [0, 1, 2, 2, 3, 3, 3, 2, 2, 1, 1, 1, 0, 0, 0]
    let (output, state) = stack(.tokens(ids, batch: 3, time: 5, embedding: nil), state: stack.zeroState(batch: 3))
    #expect(output.shape == [3, 5, 2])
    #expect(state.layers[0][0].shape == [3, 2])
  }

  @Test func lockedDropoutKeepsOneMaskForAllSteps() {
    let ones = Tensor(shape: [4, 6, 100], repeating: 1)
    let key = RandomKey(seed: 3)
    let locked = ones.dropout(0.4, key: key, locked: true)
    for step in 1..<6 { #expect(locked.slice(step..<step + 1, axis: 1) == locked.slice(0..<1, axis: 1)) }
    #expect(ones.dropout(0.4, key: key) == ones.dropout(0.4, key: key))
    #expect(ones.dropout(0.4, key: key) != ones.dropout(0.4, key: key.stream(1)))
    // 2,400 draws of probability 0.6: four standard deviations are 0.04.
    let kept = ones.dropout(0.4, key: key).scalars.filter { $0 != 0 }
    #expect(abs(Double(kept.count) / 2400 - 0.6) < 0.04)
    #expect(kept.allSatisfy { abs($0 - 1 / 0.6) < 1e-6 })
  }

  @Test func everyTensorOfAModelIsVisited() {
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 7, embedding: 4, hidden: 5, layers: 2), seed: 1)
    func stored(_ value: Any) -> Int {
      if value is Tensor { return 1 }
      return Mirror(reflecting: value).children.reduce(0) { $0 + stored($1.value) }
    }
    #expect(stored(model) == model.parameters.count)
    #expect(stored(LayerNorm(features: 3)) == LayerNorm(features: 3).parameters.count)
  }

  @Test func aWarmTrainingStepAsksForNoMemory() {
    let stack = Self.stack(.lstm)
    let x = RandomKey(seed: 7).uniform([8, 6, 6], in: -1..<1)
    func step() {
      _ = valueAndGradient(of: stack) { $0(.vectors(x), state: $0.zeroState(batch: 8)).output.sum() }
    }
    for _ in 0..<3 { step() }
    let before = BufferPool.shared.allocations
    for _ in 0..<5 { step() }
    // Other suites run beside this one and may ask for blocks of other sizes: a leak would ask for 50 and more.
    #expect(BufferPool.shared.allocations - before < 50)
  }
}
