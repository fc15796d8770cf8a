import Tensors

/// What `training/options.json` of an encoder and a decoder holds.
private struct EncoderDecoderRun: TrainingRun {
  var format = ModelJSON.format
  var options: TrainingOptions
  var decoder: DecoderTraining
}

/// Trains a model that reads one sequence and writes another, in a folder.
public typealias EncoderDecoderTrainer = Trainer<EncoderDecoderTraining>

extension Trainer where Task == EncoderDecoderTraining {

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let (shape, encoder) = try folder.encoderDecoder()
    let run = try ModelJSON.read(EncoderDecoderRun.self, from: folder.options)
    guard (1...Int(Int32.max)).contains(run.options.batch), run.decoder.flaw == nil else {
      throw TrainingError.checkpointMismatch(path: folder.options, detail: "its numbers are out of range")
    }
    let training = try SequencePairs(reading: folder.examples)
    let validation = folder.hasValidationExamples ? try SequencePairs(reading: folder.validationExamples) : nil
    for (pairs, path) in [(training, folder.examples), (validation ?? training, folder.validationExamples)] {
      guard shape.accepts(pairs), pairs.count > 0 else {
        throw TrainingError.checkpointMismatch(path: path, detail: "its tokens are not the model's")
      }
    }
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), EncoderDecoder.parameterShapes(shape), prefix: "model.")
    }
    let task = EncoderDecoderTraining(
      training: training, validation: validation, configuration: shape, decoder: run.decoder,
      unknown: encoder.target.unknown ?? 0, options: run.options)
    try self.init(
      folder, task: task, model: EncoderDecoder(shape, seed: run.options.seed), run: run, budget: budget)
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - encoder: with the tokenizers that the configuration counts the tokens of.
  ///   - decoder: how the decoder reads in training.
  /// - Throws: `TrainingError.configuration` if no model can be as is asked for.
  public static func prepare(
    _ folder: ModelFolder, configuration: EncoderDecoderConfiguration, encoder: PairEncoder, training: SequencePairs,
    validation: SequencePairs?, options: TrainingOptions, decoder: DecoderTraining = DecoderTraining()
  ) throws {
    if let flaw = configuration.flaw ?? decoder.flaw { throw TrainingError.configuration(flaw) }
    if configuration.copying && decoder.labelSmoothing > 0 {
      throw TrainingError.configuration("label smoothing with copying, which has a loss of its own")
    }
    try folder.create()
    try encoder.source.write(to: folder.vocabulary)
    if !configuration.shared { try encoder.target.write(to: folder.targetVocabulary) }
    try folder.write(
      .sequenceToSequence, EncoderDecoderDescription(shape: configuration, reading: encoder.reading))
    try training.write(to: folder.examples)
    try validation?.write(to: folder.validationExamples)
    try ModelJSON.write(EncoderDecoderRun(options: options, decoder: decoder), to: folder.options)
  }
}

extension EncoderDecoderConfiguration {
  /// True if pairs read from a file are such as the model can take.
  func accepts(_ pairs: SequencePairs) -> Bool {
    guard (pairs.copies != nil) == copying else { return false }
    guard pairs.sources.allSatisfy({ $0.allSatisfy { $0 < Int32(sourceTokens) } }) else { return false }
    for (index, target) in pairs.targets.enumerated() {
      // Words beyond the vocabulary are those of the source, so there are no more than it has tokens.
      let words = copying ? Int32(pairs.sources[index].count) : 0
      let most = Int32(targetVocabulary) + words
      for token in target where token >= most || token >= targetEnd && token < Int32(targetVocabulary) { return false }
      if let copies = pairs.copies?[index], copies.contains(where: { $0 >= most }) { return false }
    }
    return true
  }
}
