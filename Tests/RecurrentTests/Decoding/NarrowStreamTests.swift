import Foundation
import Recurrent
import TestSupport
import Testing

/// Streams with narrow weights beside streams in float32, and the files that hold such weights.
@Suite struct NarrowStreamTests {
  static let vocabulary = 13
  static let tokens = (0..<200).map { Int32($0 * 5 % 13) }

  static func model(_ cell: CellKind, embedding: Int = 7, tied: Bool = false) -> LanguageModel {
    LanguageModel(
      LanguageModelConfiguration(
        vocabulary: vocabulary, embedding: tied ? 48 : embedding, cell: cell, hidden: 48, layers: 2, tied: tied),
      seed: 3)
  }

  /// The logits of all steps, `[tokens, vocabulary]`.
  static func logits(_ model: LanguageModel, _ format: WeightFormat) -> [Float] {
    let stream = LanguageModelStream(model, format: format)
    return tokens.flatMap { token in
      stream.step(token)
      return Array(UnsafeBufferPointer(start: stream.logits, count: vocabulary))
    }
  }

  /// The largest difference, over the largest logit.
  static func difference(_ logits: [Float], _ reference: [Float]) -> Float {
    let most = reference.map(abs).max() ?? 0
    return zip(logits, reference).reduce(0) { max($0, abs($1.0 - $1.1)) } / most
  }

  /// The weights that a narrow format stands for, in float32.
  static func widened(_ model: LanguageModel, _ format: WeightFormat) -> LanguageModel {
    var model = model
    model.visitParameters { name, tensor in
      guard tensor.shape.rank == 2, !name.hasPrefix("embedding"), name != "rnn.weight_ih_l0" else { return }
      let shape = tensor.shape
      if format == .bfloat16 {
        let halves = Narrowing.bfloat16(tensor.pointer, count: tensor.count)
        tensor = Tensor(halves.map { Float(bitPattern: UInt32($0) << 16) }, shape: shape)
      } else {
        let (values, scales) = Narrowing.int8(tensor.pointer, rows: shape[0], columns: shape[1])
        tensor = Tensor(values.indices.map { Float(values[$0]) * scales[$0 / shape[1]] }, shape: shape)
      }
    }
    return model
  }

  /// Sums of products with bfloat16 weights run as those of float32 do.
  @Test(arguments: CellKind.allCases) func weightsThatBfloat16HoldsGiveTheBitsOfFloat32(_ cell: CellKind) {
    let model = Self.model(cell)
    let wide = Self.widened(model, .bfloat16)
    #expect(Self.logits(model, .bfloat16) == Self.logits(wide, .float32))
    #expect(Self.logits(wide, .bfloat16) == Self.logits(wide, .float32))
  }

  /// Only rounding parts int8 from float32 with the same weights: half a step, 2^-16 of the largest element of the vector,
  /// in each of 48 elements, times weights below 1 / sqrt(48), which pass on what came before no larger. Measured: at most
  /// 0.00004, two fifths of it.
  @Test(arguments: CellKind.allCases) func int8IsFloat32WithItsWeights(_ cell: CellKind) {
    let model = Self.model(cell)
    let wide = Self.widened(model, .int8)
    let difference = Self.difference(Self.logits(model, .int8), Self.logits(wide, .float32))
    #expect(difference < Float(48).squareRoot() * 0x1p-16)
    #expect(Self.logits(model, .int8) == Self.logits(wide, .int8))
  }

  /// Measured over all cells: at most 0.0030 (bfloat16, whose weights are good to 2^-9) and 0.0059 (int8, to 1 / 254 of
  /// the largest of a row). Twice that is allowed.
  @Test(arguments: CellKind.allCases) func narrowLogitsAreNear(_ cell: CellKind) {
    for model in [Self.model(cell), Self.model(cell, embedding: 0), Self.model(cell, tied: true)] {
      let reference = Self.logits(model, .float32)
      let half = Self.difference(Self.logits(model, .bfloat16), reference)
      let byte = Self.difference(Self.logits(model, .int8), reference)
      #expect(half > 0 && half < 0.006, "bfloat16 \(half)")
      #expect(byte > 0 && byte < 0.012, "int8 \(byte)")
    }
  }

  @Test(arguments: WeightFormat.allCases) func aStepAsksForNoMemory(_ format: WeightFormat) {
    let stream = LanguageModelStream(Self.model(.gru), format: format)
    let before = BufferPool.shared.allocations
    for _ in 0..<100 { for token in Self.tokens { stream.step(token) } }
    // Other suites run beside this one and may ask for blocks: a block for each token would be 20,000.
    #expect(BufferPool.shared.allocations - before < 1000)
  }

  // --- Files

  /// A folder with a model in float32.
  static func stored(_ parent: TemporaryFolder) throws -> (ModelFolder, LanguageModel, Tokenizer) {
    let folder = try LanguageModelTrainerTests.prepare(parent, "model", options: TrainingOptions(batch: 4, window: 9))
    let tokenizer = try Tokenizer(reading: folder.vocabulary)
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: tokenizer.count, embedding: 8, hidden: 24, layers: 2), seed: 5)
    try ParameterFile.write(model, to: folder.parameters)
    return (folder, model, tokenizer)
  }

  @Test(arguments: [WeightFormat.bfloat16, .int8]) func aStoredModelGivesTheSameBits(_ format: WeightFormat) throws {
    let parent = try TemporaryFolder()
    let (folder, model, tokenizer) = try Self.stored(parent)
    let ids = try tokenizer.encode(prompt: "the sea builds a long ship")
    func last(_ model: LanguageModel) -> [Float] {
      let stream = LanguageModelStream(model, format: format)
      for id in ids { stream.step(id) }
      return Array(UnsafeBufferPointer(start: stream.logits, count: stream.vocabulary))
    }
    func read() throws -> LanguageModel { try folder.languageModel(weights: format).model }
    #expect(try zip(read().parameters, model.parameters).allSatisfy { $0.tensor == $1.tensor })
    try folder.write(model, weights: format)
    let narrow = try read()
    #expect(last(narrow) == last(model))
    #expect(zip(narrow.parameters, model.parameters).contains { $0.tensor != $1.tensor })
    // Made from other parameters than stand there now, it is not read; alone, it suffices.
    let other = LanguageModel(model.configuration, seed: 99)
    try ParameterFile.write(other, to: folder.parameters)
    #expect(try last(read()) == last(other))
    try FileManager.default.removeItem(atPath: folder.parameters)
    #expect(try last(read()) == last(model))
    #expect(throws: SafetensorsError.self) { try folder.languageModel() }
  }

  @Test func aDamagedNarrowFileIsRefused() throws {
    let parent = try TemporaryFolder()
    let (folder, model, _) = try Self.stored(parent)
    try folder.write(model, weights: .int8)
    let whole = try parent.read("model/model.int8.safetensors")
    let text = String(decoding: whole, as: UTF8.self)
    for (found, other) in [
      // Another name for the scales, a shape of another rank, and a type that is not narrow.
      ("output.weight.scale", "output.weight.scalf"), ("\"dtype\":\"I8\"", "\"dtype\":\"U8\""),
      ("[96,24]", "[24,96]"),
    ] {
      let place = try #require(text.utf8.firstRange(of: found.utf8)).lowerBound
      let offset = text.utf8.distance(from: text.startIndex, to: place)
      var bytes = whole
      bytes.replaceSubrange(offset..<offset + found.utf8.count, with: other.utf8)
      try parent.write(bytes, to: "model/model.int8.safetensors")
      #expect(throws: (any Error).self, "\(found)") { try folder.languageModel(weights: .int8) }
    }
  }

  @Test func narrowTensorsAreReadWithoutRounding() throws {
    let parent = try TemporaryFolder()
    let tensor = Tensor([1, -127, 3, 0.5, 0.25, -0.125], shape: [2, 3])
    var writer = SafetensorsWriter()
    writer.add("byte", narrowing: tensor, to: .int8)
    writer.add("half", narrowing: tensor, to: .bfloat16)
    writer.add("lonely.scale", shape: [1], floats: [1])
    let path = "\(parent.path)/narrow.safetensors"
    try writer.write(to: path)
    let file = try SafetensorsFile(reading: path)
    #expect(try file.widened("half") == tensor.scalars)
    let scale = try file.floats("byte.scale")
    #expect(scale[0] == 1)
    #expect(try file.widened("byte") == [1, -127, 3, 127 * scale[1], 63 * scale[1], -32 * scale[1]])
    #expect(throws: SafetensorsError.self) { try file.floats("half") }
    #expect(throws: SafetensorsError.missingTensor(path: path, name: "none")) { try file.widened("none") }
  }
}
