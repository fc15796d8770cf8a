import Tensors

/// What `config.json` of an encoder and a decoder holds.
struct EncoderDecoderDescription: Sendable, Codable {
  var shape: EncoderDecoderConfiguration
  var reading: PairReading
}

extension ModelFolder {
  /// Reads a model that reads one sequence and writes another.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged.
  public func translator() throws -> Translator {
    let (shape, encoder) = try encoderDecoder()
    let file = try SafetensorsFile(reading: parameters)
    try check(file, EncoderDecoder.parameterShapes(shape))
    var model = EncoderDecoder(shape, seed: 0)
    try ParameterFile.read(file, into: &model)
    return Translator(model, encoder)
  }

  func encoderDecoder() throws -> (shape: EncoderDecoderConfiguration, encoder: PairEncoder) {
    let description: EncoderDecoderDescription = try readConfiguration(.sequenceToSequence)
    let shape = description.shape
    if let flaw = shape.flaw { throw ModelFileError.malformed(path: configuration, detail: "it asks for \(flaw)") }
    guard description.reading.maximumLength > 0 else {
      throw ModelFileError.malformed(path: configuration, detail: "its greatest length is out of range")
    }
    func tokenizer(_ path: String, _ wanted: Int) throws -> Tokenizer {
      let tokenizer = try Tokenizer(reading: path)
      guard tokenizer.count == wanted else {
        throw ModelFileError.malformed(path: path, detail: "it has \(tokenizer.count) tokens, and the model \(wanted)")
      }
      return tokenizer
    }
    let source = try tokenizer(vocabulary, shape.sourceTokens)
    let target = shape.shared ? nil : try tokenizer(targetVocabulary, shape.targetTokens)
    return (shape, PairEncoder(description.reading, source: source, target: target, copying: shape.copying))
  }
}

extension EncoderDecoder {
  /// Names and shapes of all parameters, without making them.
  package static func parameterShapes(_ c: EncoderDecoderConfiguration) -> [String: [Int]] {
    var shapes = RecurrentStack.parameterShapes(
      c.encoderCell, input: c.embedding, hidden: c.encoderHidden, layers: c.encoderLayers,
      bidirectional: c.bidirectional, prefix: "encoder.")
    shapes.merge(
      RecurrentStack.parameterShapes(
        c.decoderCell, input: c.decoderInput, hidden: c.decoderHidden, layers: c.decoderLayers, prefix: "decoder.")
    ) { first, _ in first }
    shapes.merge(Bridge.parameterShapes(from: c.encoderSide, to: c.decoderSide, prefix: "bridge.")) { first, _ in first
    }
    shapes["source.weight"] = [c.sourceVocabulary, c.embedding]
    if !c.shared { shapes["target.weight"] = [c.targetVocabulary, c.embedding] }
    let hidden = c.decoderHidden
    switch c.attention {
    case nil, .dot: break
    case .general: shapes["attention.query.weight"] = [c.memory, hidden]
    case .additive:
      shapes["attention.query.weight"] = [hidden, hidden]
      shapes["attention.memory.weight"] = [hidden, c.memory]
      shapes["attention.memory.bias"] = [hidden]
      shapes["attention.energy"] = [1, hidden]
    }
    if c.attention != nil {
      shapes["combination.weight"] = [hidden, c.memory + hidden]
      shapes["combination.bias"] = [hidden]
    }
    shapes["output.weight"] = [c.targetVocabulary, hidden]
    shapes["output.bias"] = [c.targetVocabulary]
    if c.copying {
      shapes["copy.weight"] = [1, hidden]
      shapes["copy.bias"] = [1]
    }
    return shapes
  }
}
