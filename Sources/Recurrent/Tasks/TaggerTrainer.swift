#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

import Tensors

/// What `training/options.json` of a tagger holds.
private struct TaggerRun: TrainingRun {
  var format = ModelJSON.format
  var options: TrainingOptions
  var unfreezing: GradualUnfreezing?
}

/// What `training/sentences.json` holds: with the options, all that a run depends on.
private struct TaggerSentences: Codable {
  struct Sentence: Codable {
    var tokens: [String]
    var tags: [String]
  }
  var training: [Sentence]
  var validation: [Sentence]
}

/// Trains a tagger in a folder.
public typealias TaggerTrainer = Trainer<TaggerTraining>

extension Trainer where Task == TaggerTraining {

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let (configuration, vocabulary) = try folder.taggerConfiguration()
    let run = try ModelJSON.read(TaggerRun.self, from: folder.options)
    guard (1...Int(Int32.max)).contains(run.options.batch) else {
      throw TrainingError.checkpointMismatch(path: folder.options, detail: "a batch of \(run.options.batch)")
    }
    let (training, validation) = try Self.sentences(folder)
    let task: TaggerTraining
    do {
      task = try TaggerTraining(
        training: training, validation: validation, vocabulary: vocabulary, wordDropout: configuration.wordDropout,
        options: run.options, unfreezing: run.unfreezing)
    } catch {
      throw TrainingError.checkpointMismatch(path: folder.sentences, detail: error.description)
    }
    // At its start, the model's parameters are those that it was prepared with.
    let hasCheckpoint = folder.hasCheckpoint
    let file = try SafetensorsFile(reading: hasCheckpoint ? folder.checkpoint : folder.parameters)
    try folder.checkParameterCount(of: file, configuration, prefix: hasCheckpoint ? "model." : "")
    var model = Tagger(configuration, allowed: vocabulary.allowedTransitions, seed: run.options.seed)
    if !hasCheckpoint { try ParameterFile.read(file, into: &model) }
    try self.init(folder, task: task, model: model, run: run, budget: budget)
  }

  private static func sentences(
    _ folder: ModelFolder
  ) throws -> (training: [TaggedSentence], validation: [TaggedSentence]) {
    let file = try MappedFile(folder.sentences)
    func sentences(_ stored: [TaggerSentences.Sentence]) -> [TaggedSentence] {
      stored.map { TaggedSentence(tokens: $0.tokens, tags: $0.tags, lines: []) }
    }
    guard let stored = try? JSONDecoder().decode(TaggerSentences.self, from: Data(file.contents)),
      !stored.training.isEmpty,
      (stored.training + stored.validation).allSatisfy({ !$0.tokens.isEmpty && $0.tokens.count == $0.tags.count })
    else { throw TrainingError.checkpointMismatch(path: folder.sentences, detail: "it holds no tagged sentences") }
    return (sentences(stored.training), sentences(stored.validation))
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - training: in any scheme; some at least.
  ///   - validation: may be empty.
  ///   - configuration: with the sizes of the vocabulary.
  ///   - vectors: what the vectors of words start from.
  ///   - start: a language model of the tagger's shape, from which it goes on.
  ///   - unfreezing: how its layers learn then; Howard and Ruder's way if nil.
  public static func prepare(
    _ folder: ModelFolder, training: [TaggedSentence], validation: [TaggedSentence], vocabulary: TaggerVocabulary,
    configuration: TaggerConfiguration, options: TrainingOptions, vectors: TaggerWordVectors? = nil,
    start: TaggerStart? = nil, unfreezing: GradualUnfreezing? = nil
  ) throws {
    try folder.create()
    try vocabulary.write(to: folder.vocabulary)
    try folder.write(.tagger, configuration)
    var model = Tagger(configuration, seed: options.seed)
    vectors?.fill(&model.words.weight, vocabulary)
    start?.fill(&model, vocabulary)
    try ParameterFile.write(model, to: folder.parameters)
    func stored(_ sentences: [TaggedSentence]) -> [TaggerSentences.Sentence] {
      sentences.map { TaggerSentences.Sentence(tokens: $0.tokens, tags: $0.tags) }
    }
    let sentences = TaggerSentences(training: stored(training), validation: stored(validation))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(sentences)) + [10], to: folder.sentences)
    let unfreezing = start.map { _ in unfreezing ?? GradualUnfreezing(layers: configuration.layers) }
    try ModelJSON.write(TaggerRun(options: options, unfreezing: unfreezing), to: folder.options)
  }
}
