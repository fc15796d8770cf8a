import Tensors

/// What `training/options.json` of a classifier holds.
struct ClassifierRun: TrainingRun {
  var format = ModelJSON.format
  var options: TrainingOptions
  /// Classes count inversely to how often they occur.
  var balanced: Bool
  var unfreezing: GradualUnfreezing?
}

/// Trains a classifier in a folder.
public typealias ClassifierTrainer = Trainer<ClassifierTraining>

extension Trainer where Task == ClassifierTraining {

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let description = try folder.classifierDescription()
    _ = try folder.classifierTokenizer(description)
    let configuration = description.classifier
    let run = try ModelJSON.read(ClassifierRun.self, from: folder.options)
    let training = try LabelledSequences(reading: folder.examples)
    let validation =
      folder.hasValidationExamples ? try LabelledSequences(reading: folder.validationExamples) : nil
    for (data, path) in [(training, folder.examples), (validation ?? training, folder.validationExamples)] {
      guard configuration.accepts(data), data.count > 0 else {
        throw TrainingError.checkpointMismatch(path: path, detail: "its sequences or classes are not the model's")
      }
    }
    let task = ClassifierTraining(
      training: training, validation: validation, options: run.options, configuration: configuration,
      balanced: run.balanced, unfreezing: run.unfreezing)
    var model = Classifier(configuration, seed: run.options.seed)
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), Classifier.parameterShapes(configuration), prefix: "model.")
    } else if run.unfreezing != nil {
      // What a language model has learned stands there from the start.
      let file = try SafetensorsFile(reading: folder.parameters)
      try folder.check(file, Classifier.parameterShapes(configuration))
      try ParameterFile.read(file, into: &model)
    }
    try self.init(folder, task: task, model: model, run: run, budget: budget)
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - start: the parameters of a classifier that goes on from a language model; nil to draw them.
  ///   - unfreezing: how its layers learn then; Howard and Ruder's way if nil.
  public static func prepare(
    _ folder: ModelFolder, configuration: ClassifierConfiguration, reading: ClassifierReading, tokenizer: Tokenizer?,
    training: LabelledSequences, validation: LabelledSequences?, options: TrainingOptions, balanced: Bool = false,
    start: Classifier? = nil, unfreezing: GradualUnfreezing? = nil
  ) throws {
    if let flaw = configuration.flaw {
      throw ModelFileError.malformed(path: folder.path, detail: "it asks for \(flaw)")
    }
    try folder.create()
    try tokenizer?.write(to: folder.vocabulary)
    try folder.write(
      .classifier, ClassifierDescription(classifier: configuration, reading: reading, temperature: 1))
    try training.write(to: folder.examples)
    try validation?.write(to: folder.validationExamples)
    if let start { try ParameterFile.write(start, to: folder.parameters) }
    try ModelJSON.write(
      ClassifierRun(
        options: options, balanced: balanced,
        unfreezing: start.map { _ in unfreezing ?? GradualUnfreezing(layers: configuration.layers) }),
      to: folder.options)
  }

  /// Fits the temperature of the probabilities to the validation data, where there is any, and writes it down.
  ///
  /// - Returns: the evaluation of the best model on these data, before and after.
  public static func calibrate(_ folder: ModelFolder) throws -> (
    before: ClassifierEvaluation, after: ClassifierEvaluation
  )? {
    guard folder.hasValidationExamples else { return nil }
    let trained = try folder.classifier()
    let validation = try LabelledSequences(reading: folder.validationExamples)
    guard trained.model.configuration.accepts(validation), validation.count > 0 else { return nil }
    var description = try folder.classifierDescription()
    let before = ClassifierEvaluation(trained.model, validation, temperature: 1)
    description.temperature = ClassifierEvaluation.temperature(trained.model, validation)
    try folder.write(.classifier, description)
    return (before, ClassifierEvaluation(trained.model, validation, temperature: description.temperature))
  }
}

extension ClassifierConfiguration {
  /// True if sequences read from a file are such as the model can take.
  func accepts(_ data: LabelledSequences) -> Bool {
    let classesFit = data.classes.allSatisfy { classes in
      classes.allSatisfy { (0..<labels.count).contains($0) } && (multiLabel || classes.count == 1)
    }
    switch (input, data.steps) {
    case (.tokens(let vocabulary, _), .tokens(let ids)):
      return classesFit && ids.allSatisfy { $0.allSatisfy { (0..<Int32(vocabulary)).contains($0) } }
    case (.vectors(let wanted), .vectors(_, let features)): return classesFit && features == wanted
    default: return false
    }
  }
}
