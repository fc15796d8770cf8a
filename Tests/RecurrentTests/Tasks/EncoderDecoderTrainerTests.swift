import Recurrent
import TestSupport
import Tensors
import Testing

/// Models that turn words round: what is learned, resumed runs, damaged folders.
@Suite(.timeLimit(.minutes(5))) struct EncoderDecoderTrainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Words of two to five letters, and the same backward.
  static func words(_ count: Int, seed: UInt64) -> [String] {
    var random = SequentialRandom(RandomKey(seed: seed))
    return (0..<count).map { _ in
      String((0..<Int.random(in: 2...5, using: &random)).map { _ in "abcdef".randomElement(using: &random)! })
    }
  }

  static let tokenizer = Tokenizer.character(CharacterVocabulary("abcdef\n".unicodeScalars.map(\.value)))

  static func pairs(_ encoder: PairEncoder, _ words: [String]) throws -> SequencePairs {
    let lines = words.map { "\($0)\t\(String($0.reversed()))\n" }.joined()
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try encoder.pairs(PairFile(reading: folder.write(lines.utf8, to: "pairs.tsv"))).pairs
  }

  @discardableResult
  func prepare(
    _ name: String, decoder: DecoderTraining = DecoderTraining(), options: TrainingOptions? = nil,
    _ change: (inout EncoderDecoderConfiguration) -> Void = { _ in }
  ) throws -> ModelFolder {
    let made = ModelFolder("\(folder.path)/\(name)")
    var c = EncoderDecoderConfiguration(
      sourceTokens: Self.tokenizer.count, targetTokens: Self.tokenizer.count, shared: true, embedding: 16,
      encoderHidden: 24, decoderHidden: 48, dropout: 0.1)
    change(&c)
    let encoder = PairEncoder(PairReading(maximumLength: 20), source: Self.tokenizer, copying: c.copying)
    try EncoderDecoderTrainer.prepare(
      made, configuration: c, encoder: encoder, training: Self.pairs(encoder, Self.words(800, seed: 1)),
      validation: Self.pairs(encoder, Self.words(50, seed: 2)),
      options: options ?? TrainingOptions(batch: 32, budget: .epochs(2), rate: 1e-2, seed: 3), decoder: decoder)
    return made
  }

  @discardableResult
  func train(_ made: ModelFolder, stoppingAt step: Int? = nil) throws -> EncoderDecoder {
    var trainer = try EncoderDecoderTrainer(made)
    var steps = 0
    try trainer.train { event in
      if case .step = event { steps += 1 }
    } shouldStop: {
      step == steps
    }
    return trainer.checkpoint.model
  }

  @Test func wordsAreTurnedRound() throws {
    let made = try prepare(
      "model", options: TrainingOptions(batch: 32, budget: .epochs(12), rate: 1e-2, schedule: .cosine(warmup: 20)))
    try train(made)
    let translator = try made.translator()
    let words = Self.words(100, seed: 9)
    let outputs = try translator.translate(words, SearchOptions(beam: 3))
    var scores = TranslationScores()
    for (word, output) in zip(words, outputs) {
      scores.add(output[0].text, references: [String(word.reversed())], translator.encoder.target)
    }
    #expect(scores.exact > 0.9, "\(scores.exact)")
    // The end of the source is where the first letter is looked for.
    let looked = try translator.translate(["abcde"], keepsAttention: true)[0][0]
    #expect(
      looked.tokens.count + 1 == looked.attention.count && looked.sourceTokens == ["a", "b", "c", "d", "e", "</s>"])
    #expect(looked.attention.allSatisfy { $0.count == 6 && abs($0.reduce(0, +) - 1) < 1e-5 })
  }

  static let ways: [(String, DecoderTraining, @Sendable (inout EncoderDecoderConfiguration) -> Void)] = [
    ("plain", DecoderTraining(labelSmoothing: 0.1), { _ in }),
    ("sampled", DecoderTraining(sampling: 0.5, samplingWarmup: 30), { $0.decoderLayers = 2 }),
    ("fed", DecoderTraining(), { $0.inputFeeding = true }), ("copied", DecoderTraining(), { $0.copying = true }),
  ]

  @Test(arguments: ways.indices) func aRunThatIsStoppedEndsWithTheSameBits(_ index: Int) throws {
    let (name, decoder, change) = Self.ways[index]
    let whole = try train(prepare("whole", decoder: decoder, change))
    let cut = try prepare("cut", decoder: decoder, change)
    try train(cut, stoppingAt: 7)
    try train(cut, stoppingAt: 20)
    let resumed = try train(cut)
    #expect(zip(whole.parameters, resumed.parameters).allSatisfy { $0.tensor == $1.tensor }, "\(name)")
  }

  @Test(arguments: ways.indices) func threadsDoNotMatter(_ index: Int) throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let (name, decoder, change) = Self.ways[index]
    let models = try [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      let options = TrainingOptions(batch: 40, budget: .steps(3), rate: 1e-2)
      return try train(prepare("\(threads)", decoder: decoder, options: options, change))
    }
    for model in models.dropFirst() {
      #expect(zip(models[0].parameters, model.parameters).allSatisfy { $0.tensor == $1.tensor }, "\(name)")
    }
  }

  @Test func damagedFoldersAreRefused() throws {
    let made = try prepare("model", options: TrainingOptions(batch: 32, budget: .steps(2)))
    try train(made)
    _ = try made.translator()
    let whole = String(decoding: try folder.read("model/config.json"), as: UTF8.self)
    for (old, new) in [
      ("\"decoderHidden\" : 48", "\"decoderHidden\" : 47"), ("\"decoderLayers\" : 1", "\"decoderLayers\" : 0"),
      ("\"maximumLength\" : 20", "\"maximumLength\" : 0"), ("\"shared\" : true", "\"shared\" : false"),
    ] {
      #expect(whole.contains(old))
      try folder.write(Array(whole.replacing(old, with: new).utf8), to: "model/config.json")
      #expect(throws: (any Error).self) { try made.translator() }
      #expect(throws: (any Error).self) { try EncoderDecoderTrainer(made) }
    }
    try folder.write(Array(whole.utf8), to: "model/config.json")
    #expect(throws: ModelFileError.self) { try made.languageModel() }
    // Tokens that the model does not have.
    try SequencePairs(sources: [[1]], targets: [[200]]).write(to: "\(folder.path)/model/training/examples.safetensors")
    #expect(throws: TrainingError.self) { try EncoderDecoderTrainer(made) }
  }
}
