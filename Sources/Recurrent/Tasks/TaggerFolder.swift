import Tensors

/// `vocabulary.json` of a tagger.
private struct TaggerVocabularyFile: Codable {
  var format = ModelJSON.format
  var words: [String]
  /// Code points.
  var characters: [UInt32]
  var tags: [String]
  var scheme: TagScheme
  var trainedScheme: TagScheme
  var columns: TaggerVocabulary.Columns
}

extension TaggerVocabulary {
  public func write(to path: String) throws(ModelFileError) {
    try ModelJSON.write(
      TaggerVocabularyFile(
        words: words, characters: characters.scalars, tags: tags, scheme: scheme, trainedScheme: trainedScheme,
        columns: columns), to: path)
  }

  public init(reading path: String) throws(ModelFileError) {
    let file = try ModelJSON.read(TaggerVocabularyFile.self, from: path)
    func damaged(_ detail: String) -> ModelFileError { .malformed(path: path, detail: detail) }
    // As bytes: two spellings of é, one string to Swift, are different words.
    guard Set(file.words.map { Array($0.utf8) }).count == file.words.count else {
      throw damaged("'words' has a word twice")
    }
    guard zip(file.characters, file.characters.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw damaged("'characters' is not a sorted list of code points")
    }
    let isPlain = file.scheme == .plain
    guard isPlain ? file.trainedScheme == .plain : [.iobes, .iob2].contains(file.trainedScheme) else {
      throw damaged("'trainedScheme' does not go with 'scheme'")
    }
    guard !file.tags.isEmpty, Set(file.tags).count == file.tags.count,
      isPlain || file.tags.contains("O") && file.tags.allSatisfy({ Tag($0) != nil })
    else { throw damaged("'tags' is not a list of different tags") }
    self.init(
      words: file.words, characters: CharacterVocabulary(file.characters), tags: file.tags, scheme: file.scheme,
      trainedScheme: file.trainedScheme, columns: file.columns)
  }
}

extension ModelFolder {
  /// Reads a tagger with what it knows.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged.
  public func tagger() throws -> (model: Tagger, vocabulary: TaggerVocabulary) {
    let (configuration, vocabulary) = try taggerConfiguration()
    let file = try SafetensorsFile(reading: parameters)
    try checkParameterCount(of: file, configuration)
    var model = Tagger(configuration, allowed: vocabulary.allowedTransitions, seed: 0)
    try ParameterFile.read(file, into: &model)
    return (model, vocabulary)
  }

  func taggerConfiguration() throws -> (configuration: TaggerConfiguration, vocabulary: TaggerVocabulary) {
    let model: TaggerConfiguration = try readConfiguration(.tagger)
    if let flaw = model.flaw { throw ModelFileError.malformed(path: configuration, detail: "it asks for \(flaw)") }
    let known = try TaggerVocabulary(reading: vocabulary)
    for (name, count, wanted) in [
      ("words", known.words.count + 1, model.words), ("tags", known.tags.count, model.tags),
      ("characters", known.characters.scalars.count + 1, model.characters),
    ] where count != wanted {
      throw ModelFileError.malformed(path: vocabulary, detail: "it has \(count) \(name), and the model \(wanted)")
    }
    return (model, known)
  }

  /// Looks at a file before memory for the model is asked for: a shape that nobody has stays a message.
  ///
  /// - Parameter prefix: stands before the names of the parameters.
  func checkParameterCount(of file: SafetensorsFile, _ asked: TaggerConfiguration, prefix: String = "") throws {
    let count = try file.names.filter { $0.hasPrefix(prefix) }.reduce(0) { try $0 + file.shape($1).reduce(1, *) }
    guard count == asked.parameterCount else {
      throw TrainingError.checkpointMismatch(
        path: file.path, detail: "it has \(count) parameters, and \(configuration) asks for \(asked.parameterCount)")
    }
  }
}
