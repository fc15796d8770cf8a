import Tensors

extension LanguageModelConfiguration {
  public static let largestVocabulary = 1 << 28

  /// What is wrong with a shape that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    let most = 1 << 20
    if !(1...Self.largestVocabulary).contains(vocabulary) { return "a vocabulary of \(vocabulary)" }
    if !(0...most).contains(embedding) { return "an embedding of \(embedding) features" }
    if !(1...most).contains(hidden) { return "\(hidden) hidden units" }
    if !(1...1000).contains(layers) { return "\(layers) layers" }
    if !(dropout >= 0 && dropout < 1) { return "dropout \(dropout), which is not from 0 to below 1" }
    if let flaw = layer?.flaw(cell.cell, hidden: hidden) { return flaw }
    if tied && embedding != outputs { return "tied embeddings of \(embedding) features with \(outputs) hidden units" }
    if tied && softmax != .full {
      return "tied embeddings with an adaptive softmax, whose output weights have several widths"
    }
    if let flaw = softmax.flaw(classes: vocabulary, hidden: outputs) { return flaw }
    if !forgetBias.isFinite { return "a forget bias of \(forgetBias)" }
    if condition != nil && embedding == 0 { return "a condition for one-hot input, which has no vectors to add it to" }
    return condition?.flaw
  }
}

extension ModelFolder {
  /// Reads a language model with its tokenizer.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged;
  ///   `ConditionError.missing` if it is told something beside the text.
  public func languageModel() throws -> (model: LanguageModel, tokenizer: Tokenizer) {
    let (model, tokenizer) = try anyLanguageModel()
    return (try conditioned(model, on: []), tokenizer)
  }

  /// A model that is told these values of its condition for good, or as it is if it has none.
  ///
  /// - Throws: `ConditionError` unless there is a value for each column.
  func conditioned(_ model: LanguageModel, on values: [String]) throws(ConditionError) -> LanguageModel {
    guard let condition = model.configuration.condition else {
      if values.isEmpty { return model }
      throw .unwanted(path: path)
    }
    if values.isEmpty { throw .missing(path: path, columns: condition.columns.map(\.name)) }
    return model.conditioned(on: try condition.vector(values, place: "--condition"))
  }

  /// Reads a language model, whatever it is told.
  public func anyLanguageModel() throws -> (model: LanguageModel, tokenizer: Tokenizer) {
    let configuration = try languageModelConfiguration()
    let tokenizer = try Tokenizer(reading: vocabulary)
    guard tokenizer.count == configuration.vocabulary else {
      throw ModelFileError.malformed(
        path: vocabulary, detail: "it has \(tokenizer.count) tokens, and the model \(configuration.vocabulary)")
    }
    let file = try SafetensorsFile(reading: parameters)
    try check(file, LanguageModel.parameterShapes(configuration))
    var model = LanguageModel(parametersToCome: configuration)
    try ParameterFile.read(file, into: &model)
    return (model, tokenizer)
  }

  /// Writes the parameters of a language model: to the folder that it came from, or to one that is made with all that a model
  /// needs to be used.
  public func keep(_ model: LanguageModel, _ tokenizer: Tokenizer) throws {
    if !exists {
      try create()
      try tokenizer.write(to: vocabulary)
      try write(.languageModel, model.configuration)
    }
    try ParameterFile.write(model, to: parameters)
  }

  /// Looks at a file before memory for the model is asked for: a shape that nobody has stays a message.
  ///
  /// - Parameter prefix: stands before the names of the parameters; what does not begin with it is not looked at.
  func check(_ file: SafetensorsFile, _ shapes: [String: [Int]], prefix: String = "") throws {
    var expected = shapes
    for name in file.names where name.hasPrefix(prefix) {
      let shape = try file.shape(name)
      guard let wanted = expected.removeValue(forKey: String(name.dropFirst(prefix.count))) else {
        throw TrainingError.checkpointMismatch(path: file.path, detail: "it has a tensor '\(name)' too many")
      }
      guard shape == wanted else {
        throw TrainingError.checkpointMismatch(
          path: file.path, detail: "'\(name)' has shape \(shape), and \(configuration) asks for \(wanted)")
      }
    }
    if let missing = expected.keys.sorted().first {
      throw SafetensorsError.missingTensor(path: file.path, name: prefix + missing)
    }
  }

  /// True if the folder's language model is told something beside the text.
  public var isConditional: Bool { get throws { try condition() != nil } }

  /// What the folder's language model is told beside the text; nil for nothing.
  public func condition() throws -> TextCondition? { try languageModelConfiguration().condition }

  func languageModelConfiguration() throws -> LanguageModelConfiguration {
    let model: LanguageModelConfiguration = try readConfiguration(.languageModel)
    if let flaw = model.flaw { throw ModelFileError.malformed(path: configuration, detail: "it asks for \(flaw)") }
    return model
  }
}

extension LanguageModel {
  /// Names and shapes of all parameters, without making them.
  static func parameterShapes(_ c: LanguageModelConfiguration) -> [String: [Int]] {
    var shapes = RecurrentStack.parameterShapes(
      c.cell, input: c.embedding > 0 ? c.embedding : c.vocabulary, hidden: c.hidden, layers: c.layers,
      options: c.layer ?? LayerOptions(), prefix: "rnn.")
    if c.embedding > 0 { shapes["embedding.weight"] = [c.vocabulary, c.embedding] }
    if let condition = c.condition { shapes["condition.weight"] = [c.embedding, condition.features] }
    switch c.softmax {
    case .full:
      shapes["output.bias"] = [c.vocabulary]
      if !c.tied { shapes["output.weight"] = [c.vocabulary, c.outputs] }
    case .adaptive(let cutoffs):
      for (name, shape) in AdaptiveSoftmax.parameterShapes(hidden: c.outputs, classes: c.vocabulary, cutoffs: cutoffs) {
        shapes["output.\(name)"] = shape
      }
    }
    return shapes
  }
}
