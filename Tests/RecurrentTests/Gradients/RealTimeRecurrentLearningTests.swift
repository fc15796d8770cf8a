import Recurrent
import TestSupport
import Testing

/// The cells of the library, and two that are not, one of which has vectors of its own.
let everyCell: [any Cell] = CellKind.allCases.map(\.cell) + [MinimalGatedUnit(), Peepholes()]

/// Three ways to one gradient: real-time recurrent learning, backpropagation through time, and differences.
@Suite struct RealTimeRecurrentLearningTests {
  private static let problem = SteppedStack(input: 3, hidden: 5)

  private static func stack(_ cell: any Cell) -> RecurrentStack { SteppedStack.stack(cell, input: 3, hidden: 5) }

  /// Both are float32: sums of some 60 terms below 1 pass through 7 steps, one way or the other, 60 * 7 * 2^-24 = 2.5e-5.
  static let tolerance = 2.5e-5

  @Test(arguments: everyCell.indices) func agreesWithBackpropagation(_ index: Int) {
    let stack = Self.stack(everyCell[index])
    let (value, whole) = valueAndGradient(of: stack) { Self.problem.whole($0) }
    let (stepped, gradients) = valueAndGradient(of: stack) { Self.problem.stepped($0, .rtrl) }
    #expect(abs(value.scalar - stepped.scalar) < Float(Self.tolerance))
    #expect(SteppedStack.difference(whole, gradients) < Self.tolerance)
    // The last step alone, with the past as a constant, gives something else.
    #expect(whole.globalNorm > 0.1)
  }

  /// Differences need a smooth function. ReLU, and the last gate of minGRU and minLSTM, are that as long as no unit crosses
  /// their kink: with |w| <= 1 / sqrt(5), recurrent weights a fifth of that and biases of 4, three units are always on one side
  /// of it and two on the other.
  private static func smooth(_ cell: any Cell) -> RecurrentStack {
    guard (cell as? Elman)?.activation == .relu || !cell.readsOutput else { return stack(cell) }
    return SteppedStack.stack(cell, input: 3, hidden: 5) { name, tensor in
      if name == "bias_ih_l0" {
        let others = tensor.slice(0..<tensor.count - 5, axis: 0)
        tensor = .concatenate([others, Tensor([4, -4, 4, -4, 4], shape: [5])], axis: 0)
      }
      if name == "weight_hh_l0" { tensor = 0.2 * tensor }
    }
  }

  /// Outputs of minGRU and minLSTM are not below 1, so with biases of 4 terms of some 2 cancel.
  private static func check(_ cell: any Cell, _ loss: (RecurrentStack) -> Tensor) -> DerivativeCheck {
    let stack = smooth(cell)
    return DerivativeCheck(stack, terms: cell.readsOutput ? nil : problem.terms(stack), loss)
  }

  @Test(arguments: everyCell.indices) func agreesWithDifferences(_ index: Int) {
    let check = Self.check(everyCell[index]) { Self.problem.stepped($0, .rtrl) }
    #expect(check.worst < 1, "\(check)")
  }

  @Test(arguments: everyCell.indices) func backpropagationAgreesWithDifferences(_ index: Int) {
    let check = Self.check(everyCell[index]) { Self.problem.whole($0) }
    #expect(check.worst < 1, "\(check)")
  }

  /// Sizes that fill more than a vector and a panel, on one thread and on several: the same bits.
  @Test func threadsDoNotMatter() {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let problem = SteppedStack(input: 5, hidden: 35, time: 3)
    let stack = SteppedStack.stack(LSTM(), input: 5, hidden: 35)
    let whole = valueAndGradient(of: stack) { problem.whole($0) }.gradients
    let results = [1, 3].map { threads in
      ThreadPool.shared.threads = threads
      return valueAndGradient(of: stack) { problem.stepped($0, .rtrl) }.gradients
    }
    #expect(SteppedStack.difference(results[0], whole) < Self.tolerance)
    #expect(zip(results[0].entries, results[1].entries).allSatisfy { $0.tensor == $1.tensor })
  }

  /// A language model: one-hot tokens or an embedding that they look up, whose gradient comes through all steps as well, and
  /// which may be the output layer too.
  @Test(arguments: CellKind.allCases, [(0, false), (4, false), (5, true)])
  func agreesForLanguageModels(_ kind: CellKind, _ input: (embedding: Int, tied: Bool)) {
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 6, embedding: input.embedding, cell: kind, hidden: 5, tied: input.tied),
      seed: 3)
    let tokens: [Int32] = [0, 3, 1, 5, 2, 2, 4, 0, 1, 3, 5, 2, 4, 4, 1, 0]
    let inputs = Array(tokens[0..<7] + tokens[8..<15])
    let targets = Array(tokens[1..<8] + tokens[9..<16])
    let (value, whole) = valueAndGradient(of: model) { model in
      model.loss(inputs, targets: targets, batch: 2, time: 7, state: model.zeroState(batch: 2)).loss
    }
    let stepped = model.forwardGradients(
      inputs, targets: targets, batch: 2, time: 7, state: model.zeroState(batch: 2, gradient: .rtrl), gradient: .rtrl,
      key: RandomKey(seed: 1), seed: 1)
    #expect(abs(stepped.loss.scalar - value.scalar) < 1e-6)
    #expect(SteppedStack.difference(whole, stepped.gradients) < Self.tolerance)
  }

  /// A text in two windows is the text in one: influence goes on where backpropagation would end.
  @Test func windowsDoNotEndIt() {
    let model = LanguageModel(LanguageModelConfiguration(vocabulary: 4, cell: .gru, hidden: 5), seed: 3)
    let tokens: [Int32] = [0, 3, 1, 2, 2, 1, 3, 0, 2]
    var state = model.zeroState(batch: 1, gradient: .rtrl)
    var sum: Gradients?
    for start in [0, 4] {
      // A mean over half the steps counts twice.
      let part = model.forwardGradients(
        Array(tokens[start..<start + 4]), targets: Array(tokens[start + 1...start + 4]), batch: 1, time: 4,
        state: state, gradient: .rtrl, key: RandomKey(seed: 1), seed: 1)
      state = part.state
      if sum == nil { sum = part.gradients } else { sum?.accumulate(part.gradients) }
    }
    let whole = valueAndGradient(of: model) { model in
      2
        * model.loss(
          Array(tokens[..<8]), targets: Array(tokens[1...]), batch: 1, time: 8, state: model.zeroState(batch: 1)
        ).loss
    }.gradients
    #expect(SteppedStack.difference(sum!, whole) < Self.tolerance)
  }
}
