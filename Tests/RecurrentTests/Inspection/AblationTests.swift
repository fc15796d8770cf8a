import Recurrent
import TestSupport
import Testing

@Suite struct AblationTests {
  private static let tokens: [Int32] = [0, 3, 1, 4, 2, 2, 0, 1]
  private static let holds: [Double?] = [1, 0, 0, 1, 1, 0, 0, nil]

  private static func model(_ kind: CellKind, tied: Bool = false, softmax: Softmax = .full) -> LanguageModel {
    LanguageModel(
      LanguageModelConfiguration(
        vocabulary: 5, embedding: tied ? 4 : 0, cell: kind, hidden: 4, layers: 2, tied: tied, softmax: softmax,
        initialisation: .uniform(0.8)), seed: 5)
  }

  /// By hand: h and c of the unit are set to zero after each step, before anything reads them.
  @Test(arguments: [CellKind.lstm, .gru, .elmanSigmoid], [false, true])
  func theUnitIsHeldAtZero(kind: CellKind, tied: Bool) throws {
    let model = Self.model(kind, tied: tied)
    let losses = model.crossEntropies(Self.tokens)
    for layer in 0..<2 {
      func run(_ unit: Int?) -> [Double] {
        var plain = PlainLanguageModel(model)
        return zip(Self.tokens, Self.tokens.dropFirst()).map { token, next in
          var below = plain
          below.layers = Array(plain.layers[...layer])
          below.read(plain.vector(token))
          (plain.h, plain.c) = (below.h, below.c)
          if let unit { (plain.h[layer][unit], plain.c[layer][unit]) = (0, 0) }
          plain.read(plain.h[layer], from: layer + 1)
          return plain.crossEntropy(next)
        }
      }
      let changes = zip(run(2), run(nil)).map { $0 - $1 }
      let found = try model.ablation(layer: layer, unit: 2, Self.tokens, losses: losses, property: Self.holds)
      // Losses of about 2 in float32.
      #expect(abs(found.change - changes.reduce(0, +) / 7) < 2e-6)
      #expect(abs((found.changeWhereItHolds ?? 9) - (changes[0] + changes[3] + changes[4]) / 3) < 2e-6)
      #expect(abs((found.changeElsewhere ?? 9) - (changes[1] + changes[2] + changes[5] + changes[6]) / 4) < 2e-6)
      #expect(abs(found.loss - run(nil).reduce(0, +) / 7) < 2e-6 && abs(found.change) > 1e-4)
    }
  }

  /// The same by the layers themselves, for an output of which every cluster reads h.
  @Test func clustersOfAnAdaptiveSoftmaxDoNotHearTheUnit() throws {
    let model = Self.model(.gru, softmax: .adaptive(cutoffs: [2]))
    let softmax = try #require(model.adaptiveSoftmax)
    var state = model.zeroState(batch: 1).layers
    var sum = 0.0
    for (token, next) in zip(Self.tokens, Self.tokens.dropFirst()) {
      var input = SequenceInput.tokens([token], batch: 1, time: 1, embedding: nil)
      for layer in 0..<2 {
        state[layer] = model.stack.layers[layer](input, initial: state[layer]).final
        if layer == 1 { state[1][0].withUnsafeMutablePointer { $0[3] = 0 } }
        input = .vectors(state[layer][0].reshaped([1, 1, 4]))
      }
      sum += Double(softmax.loss(state[1][0], [next]).scalar)
    }
    let losses = model.crossEntropies(Self.tokens)
    let found = try model.ablation(layer: 1, unit: 3, Self.tokens, losses: losses)
    #expect(abs(found.loss + found.change - sum / 7) < 2e-6 && abs(found.change) > 1e-4)
    #expect(found.changeWhereItHolds == nil && found.changeElsewhere == nil)
  }

  @Test func whatIsNotThereIsRefused() {
    let model = Self.model(.lstm)
    #expect(throws: InspectionError.layer(2, of: 2)) { try model.ablated(layer: 2, unit: 0) }
    #expect(throws: InspectionError.unit(-1, of: 4)) { try model.ablated(layer: 0, unit: -1) }
    #expect(throws: InspectionError.shortText(tokens: 1, needed: 2)) {
      try model.ablation(layer: 0, unit: 0, [1], losses: [])
    }
  }
}
