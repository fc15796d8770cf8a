import Tensors

/// What `config.json` of a classifier holds beside its shape.
struct ClassifierDescription: Sendable, Codable {
  var classifier: ClassifierConfiguration
  var reading: ClassifierReading
  /// Divides the logits, so that probabilities mean what they say; 1 until it is fitted at the end of training.
  var temperature: Double
}

/// A classifier with all that it takes to use it.
public struct TrainedClassifier: Sendable {
  public let model: Classifier
  public let reading: ClassifierReading
  /// Nil where it reads vectors.
  public let tokenizer: Tokenizer?
  public let temperature: Double

  package init(model: Classifier, reading: ClassifierReading, tokenizer: Tokenizer?, temperature: Double) {
    (self.model, self.reading, self.tokenizer, self.temperature) = (model, reading, tokenizer, temperature)
  }

  public var labels: [String] { model.configuration.labels }

  /// The probabilities of each label for each text.
  public func probabilities(_ texts: [String]) throws -> [[Double]] {
    guard let tokenizer else { throw ClassifierError.readsVectors }
    return probabilities(.tokens(try texts.map { try reading.tokens($0, tokenizer) }))
  }

  /// The same for what has been read already.
  public func probabilities(_ steps: LabelledSequences.Steps) -> [[Double]] {
    model.logits(steps).map { model.probabilities($0, temperature: temperature) }
  }
}

/// Why a classifier cannot be trained on, or applied to, some data.
public enum ClassifierError: Error, Equatable, CustomStringConvertible {
  case readsVectors
  case readsText
  case fewClasses(path: String, labels: [String])
  case unknownLabel(path: String, line: Int, label: String, labels: [String])
  case channels(path: String, found: Int, expected: Int)
  case fewExamples(path: String, count: Int)
  case unsuitableLanguageModel(path: String, reason: String)

  public var description: String {
    switch self {
    case .readsVectors: "this classifier reads numeric sequences, not text; give it a .ts file or a table with --series"
    case .readsText: "this classifier reads text, not numeric sequences; give it a table or lines of text"
    case .fewClasses(let path, let labels):
      "\(path): its rows have \(labels.count == 1 ? "one label, '\(labels[0])'" : "no labels"); "
        + "two classes at least are needed, so check --label"
    case .unknownLabel(let path, let line, let label, let labels):
      "\(path):\(line): the label '\(label)' is none that the model was trained with ("
        + labels.prefix(10).joined(separator: ", ") + (labels.count > 10 ? ", ..." : "") + "); check --label"
    case .channels(let path, let found, let expected):
      "\(path): its sequences have \(found) channels, and the model reads \(expected); choose them by --features"
    case .fewExamples(let path, let count):
      "\(path): \(count) examples are too few to train on and to hold some out; give more, or --validation 0"
    case .unsuitableLanguageModel(let path, let reason):
      "\(path) cannot start a classifier: \(reason)"
    }
  }
}

extension ModelFolder {
  /// Reads a classifier.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged.
  public func classifier() throws -> TrainedClassifier {
    let description = try classifierDescription()
    let tokenizer = try classifierTokenizer(description)
    let file = try SafetensorsFile(reading: parameters)
    try check(file, Classifier.parameterShapes(description.classifier))
    var model = Classifier(description.classifier, seed: 0)
    try ParameterFile.read(file, into: &model)
    model.stack.prepare()
    return TrainedClassifier(
      model: model, reading: description.reading, tokenizer: tokenizer, temperature: description.temperature)
  }

  func classifierDescription() throws -> ClassifierDescription {
    let description: ClassifierDescription = try readConfiguration(.classifier)
    func damaged(_ detail: String) -> ModelFileError { .malformed(path: configuration, detail: detail) }
    if let flaw = description.classifier.flaw { throw damaged("it asks for \(flaw)") }
    guard description.temperature > 0, description.temperature.isFinite, description.reading.maximumLength > 0,
      description.reading.columns.separator.count == 1
    else { throw damaged("its temperature, length or separator is out of range") }
    if case .vectors(let features) = description.classifier.input, description.reading.scaling?.features != features {
      throw damaged("its scaling is not that of \(features) features")
    }
    return description
  }

  func classifierTokenizer(_ description: ClassifierDescription) throws -> Tokenizer? {
    guard case .tokens(let count, _) = description.classifier.input else { return nil }
    let tokenizer = try Tokenizer(reading: vocabulary)
    guard tokenizer.count == count else {
      throw ModelFileError.malformed(
        path: vocabulary, detail: "it has \(tokenizer.count) tokens, and the model \(count)")
    }
    return tokenizer
  }
}

extension Classifier {
  /// Names and shapes of all parameters, without making them.
  static func parameterShapes(_ c: ClassifierConfiguration) -> [String: [Int]] {
    let directions = c.bidirectional ? 2 : 1
    let outputs = c.hidden * directions
    var shapes = RecurrentStack.parameterShapes(
      c.cell, input: c.features, hidden: c.hidden, layers: c.layers, bidirectional: c.bidirectional, prefix: "rnn.")
    if case .tokens(let vocabulary, let features) = c.input { shapes["embedding.weight"] = [vocabulary, features] }
    if c.pooling == .attention {
      shapes["pooling.projection.weight"] = [SequencePooling.attentionSize, outputs]
      shapes["pooling.projection.bias"] = [SequencePooling.attentionSize]
      shapes["pooling.query"] = [1, SequencePooling.attentionSize]
    }
    if c.standardised {
      for name in ["mean", "scale"] {
        shapes["\(standardisationName).\(name)"] = [c.pooling.outputSize(outputs)]
      }
    }
    shapes["output.weight"] = [c.labels.count, c.pooling.outputSize(outputs)]
    shapes["output.bias"] = [c.labels.count]
    return shapes
  }
}
