import Tensors

/// What `config.json` of a forecaster holds.
struct ForecasterDescription: Sendable, Codable {
  var forecaster: ForecasterConfiguration
  var reading: ForecasterReading

  /// What is wrong with one that was read from a file; nil if nothing is.
  var flaw: String? {
    if let flaw = forecaster.flaw ?? reading.flaw { return flaw }
    if forecaster.past != reading.pastFeatures || forecaster.known != reading.knownFeatures {
      return "\(forecaster.past) and \(forecaster.known) features, and reads \(reading.pastFeatures) and "
        + "\(reading.knownFeatures)"
    }
    return nil
  }
}

extension ModelFolder {
  /// Reads a forecaster.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged.
  public func forecaster() throws -> TrainedForecaster {
    let description = try forecasterDescription()
    let file = try SafetensorsFile(reading: parameters)
    try check(file, description.forecaster.parameterShapes)
    var model = Forecaster(description.forecaster, seed: 0)
    try ParameterFile.read(file, into: &model)
    return TrainedForecaster(model, description.reading)
  }

  func forecasterDescription() throws -> ForecasterDescription {
    let description: ForecasterDescription = try readConfiguration(.forecaster)
    if let flaw = description.flaw {
      throw ModelFileError.malformed(path: configuration, detail: "it asks for \(flaw)")
    }
    return description
  }
}
