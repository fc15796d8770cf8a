import Recurrent
import TestSupport
import Tensors
import Testing

/// Losses and gradients of whole models against PyTorch, from `Tests/Golden/seq2seq.safetensors`.
@Suite struct GoldenEncoderDecoderTests {
  static let cases = ["dot.lstm", "general.lstm.smoothed", "additive.gru", "general.gru.fed"]

  private func sequences(_ golden: Golden, _ name: String) throws -> [[Int32]] {
    let rows = try golden.tensorShape(name)
    let all = try golden.integers(name)
    return (0..<rows[0]).map { row in all[row * rows[1]..<(row + 1) * rows[1]].filter { $0 >= 0 } }
  }

  /// Both are in float32, with sums of some dozen terms below 1 behind each number: a few times 2^-24 of 10.
  @Test(arguments: cases) func theLossAndItsGradientArePyTorchs(_ name: String) throws {
    let golden = try Golden("seq2seq")
    let parts = name.split(separator: ".")
    let cell = try #require(CellKind(rawValue: String(parts[1])))
    let c = EncoderDecoderConfiguration(
      sourceTokens: 6, targetTokens: 5, embedding: 4, encoderCell: cell, encoderHidden: 3, decoderCell: cell,
      decoderHidden: 6, attention: Attention.Method(rawValue: String(parts[0])), inputFeeding: parts.last == "fed",
      dropout: 0)
    var model = EncoderDecoder(c, seed: 1)
    var names: Set<String> = []
    try model.visitParameters { parameter, tensor in
      names.insert(parameter)
      let shape = tensor.shape
      tensor = try golden.tensor("\(name)/parameters/\(parameter)")
      #expect(tensor.shape == shape, "\(parameter)")
    }
    #expect(names == Set(golden.names(under: "\(name)/parameters/")))
    let pairs = SequencePairs(
      sources: try sequences(golden, "\(name)/sources"), targets: try sequences(golden, "\(name)/targets"))
    let batch = PairBatch(pairs, c, unknown: 0)
    // A key takes label smoothing along; without dropout and sampling it draws nothing.
    let training = DecoderTraining(labelSmoothing: parts.last == "smoothed" ? 0.1 : 0)
    let (loss, gradients) = valueAndGradient(of: model) { $0.loss(batch, training, key: RandomKey(seed: 1)) }
    let tolerance = 10 * 0x1p-22
    #expect(abs(Double(loss.scalar - (try golden.tensor("\(name)/loss").scalar))) < tolerance)
    for (parameter, gradient) in gradients.entries {
      let difference = Difference(gradient, try golden.tensor("\(name)/grad/\(parameter)"))
      #expect(difference.worst < tolerance, "\(parameter) \(difference)")
    }
  }
}
