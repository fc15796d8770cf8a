import Foundation
import Recurrent
import TestSupport
import Testing

/// Language models with an adaptive softmax, from training to the files that hold them.
@Suite(.serialized) struct AdaptiveLanguageModelTests {
  static let text = sampleText(words: 700, seed: 3)

  /// A model with random weights: a head of 8 classes, and clusters of 12 and 40.
  static let model = LanguageModel(
    LanguageModelConfiguration(
      vocabulary: 60, embedding: 10, cell: .gru, hidden: 32, layers: 2, softmax: .adaptive(cutoffs: [8, 20])),
    seed: 3)
  static let tokens = (0..<150).map { Int32($0 * 23 % 60) }

  /// A run in a new folder below `parent`: 14 tokens, of which 4 are in the head.
  static func prepare(
    _ parent: TemporaryFolder, _ name: String, _ options: TrainingOptions, kind: Tokenizer.Kind = .word,
    cutoffs: [Int] = [4, 9]
  ) throws -> ModelFolder {
    let corpus = try Corpus([parent.write(text.utf8, to: "text.txt")])
    let tokenizer = try Tokenizer(TokenizerOptions(kind), corpus: corpus)
    let folder = ModelFolder("\(parent.path)/\(name)")
    try folder.create()
    try TokenFile.write(corpus, tokenizer: tokenizer, to: folder.tokens)
    try LanguageModelTrainer.prepare(
      folder, tokenizer: tokenizer,
      configuration: LanguageModelConfiguration(
        vocabulary: tokenizer.count, embedding: 8, hidden: 24, dropout: 0.1, softmax: .adaptive(cutoffs: cutoffs)),
      options: options, validationFraction: 0.1, separateValidation: false)
    return folder
  }

  @Test func runsDependOnNeitherThreadsNorStops() throws {
    let parent = try TemporaryFolder()
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let options = TrainingOptions(batch: 8, window: 9, budget: .steps(8), rate: 0.01)
    let files = try [(1, nil), (2, nil), (2, 3)].map { threads, stop in
      ThreadPool.shared.threads = threads
      let folder = try Self.prepare(parent, "\(threads) \(stop ?? 0)", options)
      try LanguageModelTrainerTests.train(folder, stoppingEvery: stop)
      return try [folder.parameters, folder.checkpoint].map(LanguageModelTrainerTests.bytes)
    }
    #expect(files[1] == files[0] && files[2] == files[0])
  }

  @Test func trainingLowersTheLoss() throws {
    let parent = try TemporaryFolder()
    let folder = try Self.prepare(
      parent, "model", TrainingOptions(batch: 8, window: 20, budget: .epochs(20), rate: 0.01))
    try LanguageModelTrainerTests.train(folder, stoppingEvery: nil)
    let (model, tokenizer) = try folder.languageModel()
    #expect(model.configuration.softmax == .adaptive(cutoffs: [4, 9]))
    let ids = try tokenizer.encode(Array(Self.text.utf8))
    func loss(_ model: LanguageModel) throws -> Double {
      try model.evaluate(tokenCount: ids.count, bytes: 0) { Array(ids[$0]) }.lossNats
    }
    // The words are drawn at random from twelve, and every tenth token is a line's end: 0.9 * log(12) = 2.24 nats for
    // who counts words, 2.56 for who knows frequencies alone, log(14) = 2.64 for who knows nothing.
    let before = try loss(LanguageModel(model.configuration, seed: 1))
    let after = try loss(model)
    #expect(before > 2.64 && after < 2.5, "\(before) \(after)")
  }

  /// All tasks see one distribution: the losses of a whole text are those of its log-probabilities, and a stream's
  /// log-probabilities have the bits of the model's.
  @Test func evaluationAndStreamsSeeTheSameProbabilities() {
    let model = Self.model
    var state = model.zeroState(batch: 1)
    let losses = model.crossEntropies(Self.tokens + [7], batch: 1, state: &state)
    let (logits, _) = model(Self.tokens, batch: 1, time: Self.tokens.count, state: model.zeroState(batch: 1))
    let stream = LanguageModelStream(model)
    for (step, next) in (Self.tokens.dropFirst() + [7]).enumerated() {
      stream.step(Self.tokens[step])
      #expect((0..<60).allSatisfy { stream.logits[$0] == logits.scalars[step * 60 + $0] })
      // Both round log-probabilities of size below 8 a few times to 2^-22.
      #expect(abs(losses[step] + stream.logits[Int(next)]) < 1e-6)
      #expect(abs(stream.crossEntropy(next) - losses[step]) < 2e-6)
    }
  }

  /// 70,000 tokens of 512 gate inputs would fill a table of more than 2^25 floats: a stream multiplies each as it comes.
  @Test func aStreamOfALargeVocabularyNeedsNoTable() {
    let model = LanguageModel(
      LanguageModelConfiguration(
        vocabulary: 70_000, embedding: 3, hidden: 128, softmax: .adaptive(cutoffs: [50, 69_000])), seed: 2)
    let tokens: [Int32] = [69_999, 0, 1234]
    let (logits, _) = model(tokens, batch: 1, time: 3, state: model.zeroState(batch: 1))
    let stream = LanguageModelStream(model)
    for (step, token) in tokens.enumerated() {
      stream.step(token)
      let expected = logits.slice(step..<step + 1, axis: 1).scalars
      #expect(expected.indices.allSatisfy { stream.logits[$0] == expected[$0] })
    }
  }

  @Test func aStepAsksForNoMemory() {
    let stream = LanguageModelStream(Self.model)
    let before = BufferPool.shared.allocations
    for _ in 0..<100 { for token in Self.tokens { stream.step(token) } }
    // Other suites run beside this one and may ask for blocks: a block for each token would be 15,000.
    #expect(BufferPool.shared.allocations - before < 1000)
  }

  /// As `NarrowStreamTests`: with weights that the format holds exactly, bfloat16 gives the bits of float32, and int8
  /// differs by the rounding of vectors alone: 2^-16 in each of 24 units, times weights below 1 / sqrt(24), through the
  /// recurrence, head, projection and cluster.
  @Test(arguments: [WeightFormat.bfloat16, .int8]) func narrowWeightsAreThoseOfTheFile(_ format: WeightFormat) throws {
    let parent = try TemporaryFolder()
    let folder = try Self.prepare(parent, "model", TrainingOptions(batch: 4, window: 9, budget: .steps(3)))
    try LanguageModelTrainerTests.train(folder, stoppingEvery: nil)
    let (model, _) = try folder.languageModel()
    try folder.write(model, weights: format)
    let (narrow, _) = try folder.languageModel(weights: format)
    let names = zip(model.parameters, narrow.parameters).filter { $0.tensor != $1.tensor }.map(\.0.name)
    #expect(names.contains("output.head.weight") && names.contains("output.tail.1.1.weight"))
    func logits(_ model: LanguageModel, _ format: WeightFormat) -> [Float] {
      let stream = LanguageModelStream(model, format: format)
      return (0..<50).flatMap { step in
        stream.step(Int32(step * 5 % 14))
        return Array(UnsafeBufferPointer(start: stream.logits, count: 14))
      }
    }
    #expect(logits(model, format) == logits(narrow, format))
    let differences = zip(logits(narrow, format), logits(narrow, .float32)).map { abs($0 - $1) }
    let allowed = format == .bfloat16 ? 0 : 4 * Float(24).squareRoot() * 0x1p-16
    #expect(differences.allSatisfy { $0 <= allowed }, "\(differences.max() ?? 0)")
  }

  // --- Refusals

  @Test(arguments: [Tokenizer.Kind.byte, .character, .bpe])
  func tokensOfUnknownFrequencyAreRefused(_ kind: Tokenizer.Kind) throws {
    let parent = try TemporaryFolder()
    #expect(throws: TrainingError.tokensWithoutOrder(kind)) {
      try Self.prepare(parent, "model", TrainingOptions(batch: 4, window: 9), kind: kind)
    }
  }

  @Test(arguments: [[], [0], [14], [9, 4], [4, 4], [4, 9, 12], [-1, 4]])
  func badCutoffsAreRefused(_ cutoffs: [Int]) throws {
    let parent = try TemporaryFolder()
    #expect(throws: TrainingError.self) {
      try Self.prepare(parent, "model", TrainingOptions(batch: 4, window: 9), cutoffs: cutoffs)
    }
  }

  @Test func configurationsAreReadStrictly() throws {
    let parent = try TemporaryFolder()
    let folder = try Self.prepare(parent, "model", TrainingOptions(batch: 4, window: 9, budget: .steps(1)))
    try LanguageModelTrainerTests.train(folder, stoppingEvery: nil)
    #expect(try folder.languageModel().model.configuration.softmax == .adaptive(cutoffs: [4, 9]))
    let text = String(decoding: try parent.read("model/config.json"), as: UTF8.self)
    let found = try #require(text.firstMatch(of: #/"softmax" : \{[^}]*\}\s*\},?/#))
    let many = (1...13).map(String.init).joined(separator: ",")
    for softmax in [
      "{\"adaptive\": {\"cutoffs\": []}}", "{\"adaptive\": {\"cutoffs\": [9, 4]}}", "{\"adaptive\": {}}",
      "{\"adaptive\": {\"cutoffs\": [-9223372036854775808]}}", "{\"adaptive\": {\"cutoffs\": [4, 1e30]}}",
      "{\"adaptive\": {\"cutoffs\": [\(many)]}}", "{\"adaptive\": {\"cutoffs\": [4, 9], \"divide\": 2}}",
      "{\"sampled\": {}}", "3", "{\"full\": {}}", "{\"adaptive\": {\"cutoffs\": [4]}}",
    ] {
      let changed = text.replacingCharacters(in: found.range, with: "\"softmax\": \(softmax),")
      try parent.write(changed.utf8, to: "model/config.json")
      #expect(throws: (any Error).self, "\(softmax)") { try folder.languageModel() }
    }
  }

  @Test func withoutAWordTheSoftmaxIsFull() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/config.json"
    let configuration = LanguageModelConfiguration(vocabulary: 5)
    try ModelJSON.write(configuration, to: path)
    #expect(try ModelJSON.read(LanguageModelConfiguration.self, from: path) == configuration)
    let text = String(decoding: try folder.read("config.json"), as: UTF8.self)
    let older = text.replacing(#/"softmax" : \{\s*"full" : \{\s*\}\s*\},/#, with: "")
    #expect(older != text)
    try folder.write(older.utf8, to: "config.json")
    #expect(try ModelJSON.read(LanguageModelConfiguration.self, from: path) == configuration)
  }
}
