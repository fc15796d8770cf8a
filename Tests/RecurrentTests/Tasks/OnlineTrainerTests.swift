import Recurrent
import TestSupport
import Testing

/// Learning from a text as it comes.
@Suite struct OnlineTrainerTests {
  private static let text = Array(sampleText(words: 400, seed: 3).utf8)

  private static func options(_ gradient: GradientMethod, window: Int = 4) -> TrainingOptions {
    TrainingOptions(batch: 1, window: window, rate: 5e-3, gradient: gradient)
  }

  private static func trainer(
    _ folder: TemporaryFolder, _ name: String, _ options: TrainingOptions, layers: Int = 1
  ) throws -> OnlineTrainer {
    let model = ModelFolder("\(folder.path)/\(name)")
    try model.create()
    try OnlineTrainer.prepare(
      model, tokenizer: .byte,
      configuration: LanguageModelConfiguration(vocabulary: 256, cell: .gru, hidden: 10, layers: layers),
      options: options)
    return try OnlineTrainer(model)
  }

  /// Bits per byte of the first and of the last quarter of the text: it learns, by every method.
  @Test(arguments: GradientMethod.allCases) func learns(_ gradient: GradientMethod) throws {
    let folder = try TemporaryFolder()
    var trainer = try Self.trainer(folder, "model", Self.options(gradient))
    var quarters = [0.0, 0, 0, 0]
    var tokens = 0
    for byte in Self.text {
      guard let update = try trainer.add(Int32(byte)) else { continue }
      quarters[min(3, trainer.tokensRead * 4 / Self.text.count)] += update.nats
      tokens += update.tokens
    }
    if let update = try trainer.finish() { tokens += update.tokens }
    #expect(tokens == Self.text.count - 1 && trainer.tokensRead == Self.text.count)
    #expect(quarters[3] < 0.75 * quarters[0], "\(quarters)")
    // What is kept is a model like any other.
    let (model, tokenizer) = try trainer.folder.languageModel()
    #expect(tokenizer == .byte)
    for (a, b) in zip(model.parameters, trainer.checkpoint.model.parameters) { #expect(a.tensor == b.tensor) }
  }

  /// A run that is stopped after an update and taken up has the bits of one that was never stopped.
  @Test(arguments: GradientMethod.allCases) func goesOnWithTheSameBits(_ gradient: GradientMethod) throws {
    let folder = try TemporaryFolder()
    var whole = try Self.trainer(folder, "whole", Self.options(gradient))
    var first = try Self.trainer(folder, "parts", Self.options(gradient))
    for byte in Self.text[..<200] { _ = try whole.add(Int32(byte)) }
    // 4 updates of 4 bytes, after the first byte.
    for byte in Self.text[..<101] { _ = try first.add(Int32(byte)) }
    _ = try first.finish()
    var second = try OnlineTrainer(first.folder)
    for byte in Self.text[101..<200] { _ = try second.add(Int32(byte)) }
    #expect(second.tokensRead == 200 && second.checkpoint.progress.step == whole.checkpoint.progress.step)
    for (a, b) in zip(whole.checkpoint.model.parameters, second.checkpoint.model.parameters) {
      #expect(a.tensor == b.tensor, "\(a.name)")
    }
  }

  /// A window of the whole text is the gradient of the whole text: one step of stochastic gradient descent by backpropagation
  /// and by real-time recurrent learning goes the same way.
  @Test func methodsAgree() throws {
    let folder = try TemporaryFolder()
    let models = try [GradientMethod.bptt, .rtrl].map { gradient in
      var options = Self.options(gradient, window: 20)
      (options.optimizer, options.clipping, options.rate) = (.sgd(), .none, 1)
      var trainer = try Self.trainer(folder, gradient.rawValue, options)
      for byte in Self.text[...20] { _ = try trainer.add(Int32(byte)) }
      #expect(trainer.checkpoint.progress.step == 1)
      return trainer.checkpoint.model
    }
    for (a, b) in zip(models[0].parameters, models[1].parameters) {
      // Gradients agree to 2.5e-5, see `RealTimeRecurrentLearningTests`.
      #expect(Difference(a.tensor, b.tensor).worst < 3e-5, "\(a.name)")
    }
  }

  @Test func whatDoesNotGoTogetherIsRefused() throws {
    let folder = try TemporaryFolder()
    for (gradient, layers) in [(GradientMethod.rtrl, 2), (.rflo, 2)] {
      #expect(throws: TrainingError.self) {
        try Self.trainer(folder, "\(gradient)", Self.options(gradient), layers: layers)
      }
    }
    let configuration = LanguageModelConfiguration(vocabulary: 256, hidden: 512, dropout: 0)
    let large = configuration.flaw(TrainingOptions(batch: 32, gradient: .rtrl))
    #expect(large?.contains("GiB of influence") == true)
    var narrow = TrainingOptions(gradient: .snap1)
    narrow.precision = .bfloat16
    #expect(configuration.flaw(narrow)?.contains("--precision") == true)
    #expect(
      LanguageModelConfiguration(vocabulary: 256, dropout: 0.1).flaw(TrainingOptions(gradient: .uoro))?
        .contains("--dropout 0") == true)
    #expect(configuration.flaw(TrainingOptions()) == nil)
    let normalised = LanguageModelConfiguration(vocabulary: 256, layer: LayerOptions(layerNorm: true))
    for gradient in GradientMethod.allCases where gradient != .bptt {
      #expect(normalised.flaw(TrainingOptions(gradient: gradient))?.contains("layer normalisation") == true)
    }
    #expect(normalised.flaw(TrainingOptions()) == nil)
  }
}
