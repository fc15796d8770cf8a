import Recurrent
import TestSupport
import Tensors
import Testing

/// Copying against its definition: probabilities that add up to 1, and the derivative of their logarithm.
@Suite struct CopyMechanismTests {
  struct Model: Module {
    var logits = RandomKey(seed: 1).uniform([2, 3, 4], in: -1..<1)
    var gate = RandomKey(seed: 2).uniform([2, 3, 1], in: -1..<1)
    /// Scores of the steps of the source, `[2, 3, 3]`.
    var scores = RandomKey(seed: 3).uniform([2, 3, 3], in: -1..<1)

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("logits", &logits)
      try visit("gate", &gate)
      try visit("scores", &scores)
    }
  }

  /// Ids from 4 on are words that the vocabulary does not have; the second source has two steps and its end.
  static let copies: [[Int32]] = [[1, 5, 1], [4, -1]]
  static let lengths: [Int32] = [3, 3]
  static let targets: [Int32] = [1, 5, 0, 4, 2, -1]

  private func attention(_ model: Model) -> Tensor { model.scores.softmax(lengths: Self.lengths) }

  @Test func theLossIsThatOfTheProbabilities() {
    let model = Model()
    let attention = attention(model)
    let loss = CopyMechanism.loss(
      model.logits, gate: model.gate, attention: attention, copies: Self.copies, targets: Self.targets)
    let logs = CopyMechanism.logProbabilities(
      model.logits.reshaped([6, 4]), gate: model.gate.reshaped([6, 1]), attention: attention.reshaped([6, 3]),
      copies: (0..<6).map { Self.copies[$0 / 3] }, extra: 2)
    let all = rows(logs.scalars, of: 6)
    let wanted = Self.targets.enumerated().filter { $0.element >= 0 }.map { -all[$0.offset][Int($0.element)] }
    #expect(abs(Double(loss.scalar) - wanted.reduce(0, +) / 5) < 8 * 0x1p-22)
    // All probability is given out where every step can be copied, which the ends of the second source cannot.
    for row in 0..<3 { #expect(abs(all[row].reduce(0) { $0 + Double.exp($1) } - 1) < 8 * 0x1p-23) }
    for row in 3..<6 { #expect(all[row].reduce(0) { $0 + Double.exp($1) } < 1) }
  }

  @Test func derivatives() {
    let check = DerivativeCheck(Model()) { model in
      3
        * CopyMechanism.loss(
          model.logits, gate: model.gate, attention: self.attention(model), copies: Self.copies, targets: Self.targets)
    }
    #expect(check.worst < 1, "\(check)")
  }
}
