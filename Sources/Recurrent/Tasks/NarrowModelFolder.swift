import Tensors

extension LanguageModel {
  /// True for the matrices that a stream multiplies, which narrow formats narrow.
  static func isNarrowed(_ name: String) -> Bool {
    name.hasPrefix("output.") && name.hasSuffix(".weight") || name.hasPrefix("rnn.weight_hh_l")
      || name.hasPrefix("rnn.weight_hr_l")
      || name.hasPrefix("rnn.weight_ih_l") && name != "rnn.weight_ih_l0"
  }
}

/// A model with narrow weights, `model.int8.safetensors` or `model.bfloat16.safetensors` beside `model.safetensors`: what
/// a stream makes of the float32 weights, bit for bit, in a smaller file that stands for itself.
extension ModelFolder {
  /// The parameters in a format.
  public func parameters(_ format: WeightFormat) -> String {
    format == .float32 ? parameters : "\(path)/model.\(format.rawValue).safetensors"
  }

  private static let source = "source"

  /// Writes the parameters of this folder's model in a narrow format.
  public func write(_ model: LanguageModel, weights format: WeightFormat) throws(FileError) {
    precondition(format != .float32, "float32 parameters are written by training")
    var writer = SafetensorsWriter()
    var parameters = model
    parameters.visitParameters { name, tensor in
      if LanguageModel.isNarrowed(name) {
        writer.add(name, narrowing: tensor, to: format)
      } else {
        writer.add(name, tensor)
      }
    }
    // Whoever trains on changes model.safetensors and not this file: it is known which one it was made from.
    let source = try MappedFile(self.parameters).fingerprint
    try writer.write(to: self.parameters(format), metadata: ["format": "pt", Self.source: source])
  }

  /// The file of a format, unless it is missing or was made from other parameters than those that stand here.
  private func narrowFile(_ format: WeightFormat) throws(SafetensorsError) -> SafetensorsFile? {
    let narrow: SafetensorsFile
    do { narrow = try SafetensorsFile(reading: parameters(format)) } catch {
      if case .file(.missing) = error { return nil }
      throw error
    }
    do {
      return try MappedFile(parameters).fingerprint == narrow.metadata[Self.source] ? narrow : nil
    } catch {
      if case .missing = error { return narrow }
      throw .file(error)
    }
  }

  /// Reads a language model for a stream in a format: from the narrow file, if there is one that was made from the
  /// `model.safetensors` that stands here, or that stands here alone; otherwise from `model.safetensors`.
  ///
  /// - Parameter values: of what the model is told beside the text, if it is.
  /// - Throws: `ModelFileError`, `SafetensorsError`, `FileError` or `TrainingError.checkpointMismatch`, by what is
  ///   damaged; `ConditionError` unless there is a value for each column.
  public func languageModel(
    weights format: WeightFormat, condition values: [String] = []
  ) throws -> (model: LanguageModel, tokenizer: Tokenizer) {
    guard format != .float32, let narrow = try narrowFile(format) else {
      let (model, tokenizer) = try anyLanguageModel()
      return (try conditioned(model, on: values), tokenizer)
    }
    let configuration = try languageModelConfiguration()
    let tokenizer = try Tokenizer(reading: vocabulary)
    guard tokenizer.count == configuration.vocabulary else {
      throw ModelFileError.malformed(
        path: vocabulary, detail: "it has \(tokenizer.count) tokens, and the model \(configuration.vocabulary)")
    }
    // Shapes are compared before memory for the model is asked for.
    let shapes = LanguageModel.parameterShapes(configuration)
    for (name, shape) in shapes where try narrow.shape(name) != shape {
      throw TrainingError.checkpointMismatch(
        path: narrow.path, detail: "'\(name)' has shape \(try narrow.shape(name)), and the model asks for \(shape)")
    }
    let scales = try narrow.scaleNames()
    if let extra = narrow.names.first(where: { shapes[$0] == nil && !scales.contains($0) }) {
      throw TrainingError.checkpointMismatch(path: narrow.path, detail: "it has a tensor '\(extra)' too many")
    }
    var model = LanguageModel(parametersToCome: configuration)
    try model.visitParameters { name, tensor in
      tensor = Tensor(try narrow.widened(name), shape: tensor.shape)
    }
    return (try conditioned(model, on: values), tokenizer)
  }
}
