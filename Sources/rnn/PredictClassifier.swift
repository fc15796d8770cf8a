import Recurrent

extension Predict {
  /// The label and the probabilities of each text or sequence.
  func predictClasses(_ folder: ModelFolder) throws {
    let trained = try folder.classifier()
    if trained.tokenizer != nil && columns.text == nil && columns.format == nil && !path.hasSuffix(".ts") {
      return try predictLines(trained)
    }
    let data = try ClassifierData(
      reading: path, columns: columns.over(trained.reading.columns), format: columns.tableFormat,
      encoding: columns.textEncoding, labelled: false)
    if let note = data.note { StandardError.line(note) }
    if case .texts(let texts) = data.items {
      try show(texts, trained)
    } else {
      try show(trained.probabilities(data.steps(trained.reading, trained.tokenizer)), trained)
    }
  }

  /// Lines as they come: as many together as are at hand.
  private func predictLines(_ trained: TrainedClassifier) throws {
    var waiting: [String] = []
    try Lines.forEach(path) { line, more in
      if !line.isEmpty { waiting.append(String(decoding: line.last == 10 ? line.dropLast() : line, as: UTF8.self)) }
      guard !more || waiting.count >= 256 else { return }
      try show(waiting, trained)
      waiting.removeAll()
      StandardOutput.flush()
    }
  }

  private func show(_ texts: [String], _ trained: TrainedClassifier) throws {
    try show(trained.probabilities(texts), trained)
  }

  private func show(_ probabilities: [[Double]], _ trained: TrainedClassifier) throws {
    for row in probabilities {
      let named = Dictionary(zip(trained.labels, row), uniquingKeysWith: { first, _ in first })
      let decided = trained.model.decide(row).map { trained.labels[$0] }
      if trained.model.configuration.multiLabel {
        try StandardOutput.line(JSONText.encode(Labels(labels: decided, probabilities: named)))
      } else {
        try StandardOutput.line(JSONText.encode(Label(label: decided[0], probabilities: named)))
      }
    }
  }

  private struct Label: Encodable {
    var label: String
    var probabilities: [String: Double]
  }

  private struct Labels: Encodable {
    var labels: [String]
    var probabilities: [String: Double]
  }
}
