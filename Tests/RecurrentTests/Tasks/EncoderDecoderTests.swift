import Recurrent
import TestSupport
import Tensors
import Testing

/// The whole model: derivatives of its loss, the same bits step by step and at once, and no influence of padding.
@Suite struct EncoderDecoderTests {
  static func configuration(_ change: (inout EncoderDecoderConfiguration) -> Void) -> EncoderDecoderConfiguration {
    var c = EncoderDecoderConfiguration(
      sourceTokens: 5, targetTokens: 4, embedding: 3, encoderHidden: 2, decoderHidden: 4, dropout: 0)
    change(&c)
    return c
  }

  /// One of each kind.
  static let configurations: [EncoderDecoderConfiguration] = [
    configuration { _ in },
    configuration { $0.attention = .dot },
    configuration {
      $0.attention = .additive
      $0.inputFeeding = true
      $0.decoderCell = .gru
    },
    configuration {
      $0.attention = nil
      $0.bidirectional = false
      $0.encoderHidden = 4
    },
    configuration {
      ($0.sourceTokens, $0.shared, $0.encoderCell, $0.decoderLayers) = (4, true, .elman, 2)
    },
    configuration { $0.copying = true },
  ]

  static func pairs(_ c: EncoderDecoderConfiguration) -> SequencePairs {
    // Token 6 is a word of the source beyond the vocabulary of 4 and its two ids more.
    SequencePairs(
      sources: [[1, 2, 3, 1], [0], []], targets: [[3, 1], c.copying ? [6, 2, 0] : [1, 2, 0], []],
      copies: c.copying ? [[1, 2, 3, 1], [6], []] : nil)
  }

  static func batch(_ c: EncoderDecoderConfiguration) -> PairBatch { PairBatch(pairs(c), c, unknown: 0) }

  @Test(arguments: configurations.indices) func derivatives(_ index: Int) {
    let c = Self.configurations[index]
    #expect(c.flaw == nil)
    let check = DerivativeCheck(EncoderDecoder(c, seed: 2)) { $0.loss(Self.batch(c)) }
    #expect(check.worst < 1, "\(check)")
  }

  @Test(arguments: configurations.indices) func namesAndShapesAreThoseOfTheFile(_ index: Int) {
    let c = Self.configurations[index]
    let parameters = EncoderDecoder(c, seed: 2).parameters
    let shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor.shape.array) })
    #expect(shapes == EncoderDecoder.parameterShapes(c))
    // Every tensor that is stored is visited: moving any of them moves the loss, or is found by reflection.
    #expect(storedTensors(EncoderDecoder(c, seed: 2)) == parameters.count)
  }

  private func storedTensors(_ value: Any) -> Int {
    if value is Tensor { return 1 }
    return Mirror(reflecting: value).children.reduce(0) { $0 + ($1.label == "prepared" ? 0 : storedTensors($1.value)) }
  }

  /// Without input feeding, a step after another gives the bits of all steps at once.
  @Test(arguments: configurations.indices.filter { !configurations[$0].inputFeeding })
  func stepsGiveTheBitsOfTheWhole(_ index: Int) {
    let c = Self.configurations[index]
    let (model, batch) = (EncoderDecoder(c, seed: 2), Self.batch(c))
    let memory = model.encode(batch.sources, lengths: batch.sourceLengths, time: batch.sourceTime)
    let whole = model.forced(batch.inputs, lengths: batch.targetLengths, time: batch.targetTime, memory)
    let steps = model.stepped(batch, memory, sampling: 0, key: nil)
    for row in 0..<batch.batch {
      // Beyond the end of a target, nobody looks.
      let count = Int(batch.targetLengths[row])
      let part = { (x: Tensor) in x.slice(row..<row + 1, axis: 0).slice(0..<count, axis: 1) }
      #expect(part(whole.vectors) == part(steps.vectors))
    }
  }

  /// A pair alone, and beside longer ones, has the same loss to the bit.
  @Test(arguments: configurations.indices) func companyDoesNotMatter(_ index: Int) {
    let c = Self.configurations[index]
    let (model, pairs) = (EncoderDecoder(c, seed: 2), Self.pairs(c))
    let together = model.encode(
      Self.batch(c).sources, lengths: Self.batch(c).sourceLengths, time: Self.batch(c).sourceTime)
    for row in 0..<pairs.count {
      let own = PairBatch(pairs.subset([row]), c, unknown: 0)
      let alone = model.encode(own.sources, lengths: own.sourceLengths, time: own.sourceTime)
      #expect(together.steps.slice(row..<row + 1, axis: 0).slice(0..<own.sourceTime, axis: 1) == alone.steps)
      for (a, b) in zip(together.state.layers.joined(), alone.state.layers.joined()) {
        #expect(a.slice(row..<row + 1, axis: 0) == b)
      }
    }
  }

  /// With a probability of 1 the decoder reads its own tokens, so the true ones after the start have no influence on what
  /// it gives; without, they have.
  @Test func scheduledSamplingReadsItsOwn() {
    let c = Self.configuration { _ in }
    let model = EncoderDecoder(c, seed: 2)
    let key = RandomKey(seed: 5, step: 3)
    func vectors(_ targets: [Int32], sampling: Float) -> Tensor {
      let batch = PairBatch(SequencePairs(sources: [[1, 2]], targets: [targets]), c, unknown: 0)
      let memory = model.encode(batch.sources, lengths: batch.sourceLengths, time: batch.sourceTime)
      return model.stepped(batch, memory, sampling: sampling, key: key).vectors
    }
    #expect(vectors([0, 1, 2], sampling: 1) == vectors([3, 3, 3], sampling: 1))
    #expect(vectors([0, 1, 2], sampling: 0) != vectors([3, 3, 3], sampling: 0))
  }

  @Test func flawsAreFound() {
    #expect(Self.configuration { ($0.attention, $0.decoderHidden) = (.dot, 5) }.flaw?.contains("dot attention") == true)
    #expect(Self.configuration { ($0.attention, $0.inputFeeding) = (nil, true) }.flaw?.contains("feeding") == true)
    #expect(Self.configuration { ($0.attention, $0.copying) = (nil, true) }.flaw?.contains("copying") == true)
    #expect(Self.configuration { $0.shared = true }.flaw?.contains("shared") == true)
    #expect(Self.configuration { $0.encoderLayers = 0 }.flaw?.contains("layers") == true)
    #expect(DecoderTraining(labelSmoothing: 1).flaw != nil && DecoderTraining(sampling: 2).flaw != nil)
  }
}
