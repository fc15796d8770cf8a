import Tensors

/// Texts with what is said of them, as a task.
public struct ConditionalTraining: TrainingTask {
  private let training: ConditionedTexts
  private let validation: ConditionedTexts?
  private let lineEnd: Int32
  private let batches: EpochBatches

  fileprivate init(
    _ training: ConditionedTexts, _ validation: ConditionedTexts?, lineEnd: Int32, _ options: TrainingOptions
  ) {
    (self.training, self.validation, self.lineEnd) = (training, validation, lineEnd)
    batches = EpochBatches(
      lengths: training.tokens.map(\.count), size: options.batch, key: RandomKey(seed: options.seed, stream: 1 << 25))
  }

  public var trainingCount: Int { training.count }
  public var validationCount: Int { validation?.count ?? 0 }
  public var stepsPerEpoch: Int { batches.count }
  public func count(_ batch: [Int]) -> Int { batch.reduce(0) { $0 + training.tokens[$1].count + 1 } }
  public func batch(epoch: Int, step: Int) -> [Int] { batches.batch(epoch: epoch, step: step) }

  public func loss(
    _ model: LanguageModel, _ batch: [Int], state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    (model.loss(training, batch, lineEnd: lineEnd, key: key), state)
  }

  public func validate(_ model: LanguageModel) -> Validation? {
    validation.map { Validation(loss: model.evaluate($0, lineEnd: lineEnd).lossNats) }
  }
}

/// Trains a language model that is told something beside the text, in a folder.
public typealias ConditionalTrainer = Trainer<ConditionalTraining>

extension Trainer where Task == ConditionalTraining {

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let configuration = try folder.languageModelConfiguration()
    let tokenizer = try Tokenizer(reading: folder.vocabulary)
    let run = try ModelJSON.read(PlainRun.self, from: folder.options)
    let training = try ConditionedTexts(reading: folder.examples)
    let validation = folder.hasValidationExamples ? try ConditionedTexts(reading: folder.validationExamples) : nil
    guard tokenizer.count == configuration.vocabulary, let lineEnd = tokenizer.lineEnd, training.count > 0,
      (1...Int(Int32.max)).contains(run.options.batch),
      [training, validation ?? training].allSatisfy({ configuration.accepts($0) })
    else { throw TrainingError.checkpointMismatch(path: folder.options, detail: "its texts are not the model's") }
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), LanguageModel.parameterShapes(configuration), prefix: "model.")
    }
    try self.init(
      folder, task: ConditionalTraining(training, validation, lineEnd: lineEnd, run.options),
      model: LanguageModel(configuration, seed: run.options.seed), run: run, budget: budget)
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - tokenizer: has a token for the end of a line.
  ///   - configuration: with a condition.
  /// - Throws: `TrainingError` if no model can be as the configuration asks.
  public static func prepare(
    _ folder: ModelFolder, tokenizer: Tokenizer, configuration: LanguageModelConfiguration, training: ConditionedTexts,
    validation: ConditionedTexts?, options: TrainingOptions
  ) throws {
    if configuration.softmax != .full, !tokenizer.kind.isOrderedByFrequency {
      throw TrainingError.tokensWithoutOrder(tokenizer.kind)
    }
    if let flaw = configuration.flaw { throw TrainingError.configuration(flaw) }
    try folder.create()
    try tokenizer.write(to: folder.vocabulary)
    try folder.write(.languageModel, configuration)
    try training.write(to: folder.examples)
    try validation?.write(to: folder.validationExamples)
    try ModelJSON.write(PlainRun(options: options), to: folder.options)
  }
}

extension LanguageModelConfiguration {
  /// True if texts read from a file are such as the model can take.
  fileprivate func accepts(_ texts: ConditionedTexts) -> Bool {
    texts.vectors.allSatisfy { $0.count == condition?.features }
      && texts.tokens.allSatisfy { $0.allSatisfy { $0 < Int32(vocabulary) } }
  }
}
