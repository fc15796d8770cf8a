/// What a model is for: it decides what its folder holds, and what can be done with it.
public enum ModelTask: String, Sendable, Hashable, Codable, CaseIterable {
  case languageModel = "language-model"
  case classifier
  case tagger
  case forecaster
  case sequenceToSequence = "sequence-to-sequence"
}

/// What `config.json` holds.
struct ModelFile<Configuration: Codable>: Codable {
  var format = ModelJSON.format
  var task: String
  var model: Configuration
}

extension ModelFolder {
  /// The task that the folder's model is for.
  public func task() throws(ModelFileError) -> ModelTask {
    let name = try ModelJSON.task(of: configuration)
    guard let task = ModelTask(rawValue: name) else {
      throw .malformed(path: configuration, detail: "nobody knows its task '\(name)'")
    }
    return task
  }

  /// Reads what a model is.
  /// - Throws: `ModelFileError.otherTask` if it is for something else.
  func readConfiguration<Configuration: Codable>(
    _ task: ModelTask, _ type: Configuration.Type = Configuration.self
  ) throws(ModelFileError) -> Configuration {
    let found = try self.task()
    guard found == task else { throw .otherTask(path: path, found: found, wanted: task) }
    return try ModelJSON.read(ModelFile<Configuration>.self, from: configuration).model
  }

  func write(_ task: ModelTask, _ configuration: some Codable) throws(ModelFileError) {
    try ModelJSON.write(ModelFile(task: task.rawValue, model: configuration), to: self.configuration)
  }
}
