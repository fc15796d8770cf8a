import ArgumentParser
import Recurrent

/// Dynamic evaluation, as options.
struct AdaptationOptions: ParsableArguments {
  @Flag(
    help: """
      Adapt the model to the text while it is read (dynamic evaluation, Krause et al. 2018): foretell a segment, then learn \
      from it. With its training text at hand, parameters move by how much that told of them.
      """)
  var adapt = false
  @Option(help: "With --adapt: tokens between two updates (default: 20).") var adaptSegment: Int?
  @Option(help: "With --adapt: the learning rate (default: 0.00005, or 0.05 where the training text is gone).")
  var adaptRate: Float?
  @Option(help: "With --adapt: how strongly the model is drawn back to what it was (default: 0.0001).")
  var adaptDecay: Float?

  func check() throws {
    if !adapt, let option = given.first { throw ValidationError("\(option) is for --adapt") }
    if let flaw = options(trained: true).flaw { throw ValidationError("the options ask for \(flaw)") }
  }

  /// The options that are given.
  var given: [String] {
    (adapt ? ["--adapt"] : []) + (adaptSegment == nil ? [] : ["--adapt-segment"])
      + (adaptRate == nil ? [] : ["--adapt-rate"]) + (adaptDecay == nil ? [] : ["--adapt-decay"])
  }

  private func options(trained: Bool) -> DynamicEvaluationOptions {
    var options = DynamicEvaluationOptions()
    if let adaptSegment { options.segment = adaptSegment }
    options.rate = adaptRate ?? (trained ? options.rate : 0.05)
    if let adaptDecay { options.decay = adaptDecay }
    return options
  }

  /// - Parameter display: is told of the training text.
  func adaptation(_ folder: ModelFolder, _ model: LanguageModel, _ display: Progress) throws -> DynamicEvaluation? {
    guard adapt else { return nil }
    guard let text = try LanguageModelTrainer.trainingText(folder, vocabulary: model.configuration.vocabulary),
      let rms = try DynamicEvaluation.rootMeanSquares(
        model, segment: options(trained: true).segment, range: text.range, read: { try text.file.ids($0) })
    else {
      display.line("\(folder.path) has no training text, or too little, to adapt by; all parameters move alike")
      return DynamicEvaluation(model, options(trained: false))
    }
    return DynamicEvaluation(model, options(trained: true), rms: rms)
  }
}

/// The neural cache, as options.
struct CacheOptions: ParsableArguments {
  @Option(
    help: """
      Look back on so many tokens of the text: those that followed a state like the present one become likelier (neural \
      cache, Grave et al. 2017). 0 for none.
      """)
  var cache = 0
  @Option(help: "With --cache: the part of the probability that is the cache's (default: 0.05).") var cacheWeight:
    Double?
  @Option(help: "With --cache: how much likeness counts, from 0 (default: 1).") var cacheFlatness: Float?

  func check() throws {
    if cache < 0 { throw ValidationError("--cache is \(cache); it must be at least 0") }
    if cache == 0, let option = given.first { throw ValidationError("\(option) is for --cache") }
    if let flaw = options?.flaw { throw ValidationError("the options ask for \(flaw)") }
  }

  var given: [String] {
    (cache == 0 ? [] : ["--cache"]) + (cacheWeight == nil ? [] : ["--cache-weight"])
      + (cacheFlatness == nil ? [] : ["--cache-flatness"])
  }

  var options: NeuralCacheOptions? {
    guard cache > 0 else { return nil }
    var options = NeuralCacheOptions(size: cache)
    if let cacheWeight { options.weight = cacheWeight }
    if let cacheFlatness { options.flatness = cacheFlatness }
    return options
  }

  func cache(_ model: LanguageModel) -> NeuralCache? {
    options.map { NeuralCache($0, hidden: model.configuration.outputs) }
  }
}
