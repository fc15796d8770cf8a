import Recurrent
import TestSupport
import Tensors
import Testing

/// Against each word by itself.
@Suite struct CharacterWordEncoderTests {
  static func encoder(_ kind: CellKind = .lstm) -> CharacterWordEncoder {
    var initialiser = ParameterInitialiser(seed: 4)
    return CharacterWordEncoder(kind.cell, characters: 9, features: 3, hidden: 5, initialiser: &initialiser)
  }

  /// Some words more than once, one empty, lengths from 1 to 12.
  static let words: [[Int32]] = [
    [1, 2, 3], [4], [], [1, 2, 3], [0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 8], [2, 2], [4], [3, 2, 1], [5, 5, 5, 5, 5],
  ]

  /// The word alone through the stack: the forward direction's last output and the backward direction's first.
  static func alone(_ encoder: CharacterWordEncoder, _ word: [Int32]) -> Tensor {
    guard !word.isEmpty else { return Tensor(shape: [1, 10]) }
    let (output, _) = encoder.stack(
      .vectors(encoder.embedding(word, shape: [1, word.count])), state: encoder.stack.zeroState(batch: 1))
    let last = output.slice(word.count - 1..<word.count, axis: 1).slice(0..<5, axis: 2)
    let first = output.slice(0..<1, axis: 1).slice(5..<10, axis: 2)
    return Tensor.concatenate([last.reshaped([1, 5]), first.reshaped([1, 5])], axis: 1)
  }

  @Test(arguments: CellKind.allCases) func wordsAreWhatTheyAreAlone(_ kind: CellKind) {
    let encoder = Self.encoder(kind)
    let y = encoder(Self.words.flatMap { $0 }, lengths: Self.words.map { Int32($0.count) })
    #expect(y == Tensor.concatenate(Self.words.map { Self.alone(encoder, $0) }, axis: 0))
  }

  /// Sums of the same terms in another order: fewer than 64 of size below 4 each, so 64 * 2^-22.
  @Test func gradientsAreThoseOfTheWordsAlone() {
    let encoder = Self.encoder()
    let weights = RandomKey(seed: 5).uniform([Self.words.count, 10], in: -1..<1)
    let together = valueAndGradient(of: encoder) { encoder in
      (encoder(Self.words.flatMap { $0 }, lengths: Self.words.map { Int32($0.count) }) * weights).sum()
    }
    let alone = valueAndGradient(of: encoder) { encoder in
      (Tensor.concatenate(Self.words.map { Self.alone(encoder, $0) }, axis: 0) * weights).sum()
    }
    for (a, b) in zip(together.gradients.entries, alone.gradients.entries) {
      #expect(Difference(a.tensor, b.tensor).worst < 64 * 0x1p-22, "\(a.name)")
    }
  }

  @Test func derivatives() {
    let check = DerivativeCheck(Self.encoder()) { encoder in
      let y = encoder([1, 2, 3, 4, 1, 2, 3], lengths: [3, 1, 3]).gather([2, 1, 0, 0], shape: [2, 2])
      return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
    }
    #expect(check.worst < 1, "\(check)")
  }

  @Test func nothingAndEmptyWordsAreNoTrouble() {
    let encoder = Self.encoder()
    #expect(encoder([], lengths: []).shape == [0, 10])
    let (value, gradients) = valueAndGradient(of: encoder) { $0([], lengths: [0, 0]).sum() }
    #expect(value.scalar == 0)
    #expect(gradients.entries.allSatisfy { $0.tensor.scalars.allSatisfy { $0 == 0 } })
  }

  @Test(arguments: [[], [3], [0, 0, 1, 1, 2, 3, 3, 4, 7, 8, 9, 30, 61], [1, 1, 1], [0, 5]])
  func atMostHalfOfAGroupIsPadding(_ lengths: [Int]) {
    let groups = CharacterWordEncoder.groups(lengths)
    #expect(groups.flatMap { $0 } == Array(lengths.indices))
    for group in groups {
      #expect(2 * lengths[group.lowerBound] >= lengths[group.upperBound - 1])
      if group.lowerBound > 0 { #expect(2 * lengths[group.lowerBound - 1] < lengths[group.upperBound - 1]) }
    }
  }
}
