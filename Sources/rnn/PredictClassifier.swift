import Recurrent

extension Predict {
  /// The label and the probabilities of each text or sequence, or why they are what they are.
  func predictClasses(_ folder: ModelFolder) throws {
    let trained = try folder.classifier()
    if explain || html != nil { return try explainTexts(trained) }
    if trained.tokenizer != nil && columns.text == nil && columns.format == nil && !path.hasSuffix(".ts") {
      return try predictLines(trained)
    }
    let data = try ClassifierData(
      reading: path, columns: columns.over(trained.reading.columns), format: columns.format,
      encoding: columns.encoding, labelled: false)
    if let note = data.note { StandardError.line(note) }
    try show(trained.probabilities(data.steps(trained.reading, trained.tokenizer)), trained)
  }

  private func explainTexts(_ trained: TrainedClassifier) throws {
    guard trained.tokenizer != nil else { throw ClassifierError.readsVectors }
    var texts: [String] = []
    if columns.text == nil && columns.format == nil {
      try Lines.forEach(path) { line, _ in if !line.isEmpty { texts.append(Self.text(line)) } }
    } else {
      let data = try ClassifierData(
        reading: path, columns: columns.over(trained.reading.columns), format: columns.format,
        encoding: columns.encoding, labelled: false)
      if case .texts(let found) = data.items { texts = found }
    }
    var explanations: [Explanation] = []
    for text in texts {
      let explanation = try trained.explain(text)
      if html != nil { explanations.append(explanation) }
      if StandardOutput.isTerminal {
        StandardOutput.line(ExplanationView.coloured(explanation))
      } else {
        try StandardOutput.line(JSONText.encode(ExplanationView.Output(explanation)))
      }
      StandardOutput.flush()
    }
    if let html {
      try AtomicFile.write(Array(ExplanationPage.page(explanations).utf8), to: html)
      StandardError.line("the page is in \(html)")
    }
  }

  private static func text(_ line: [UInt8]) -> String {
    String(decoding: line.last == 10 ? line.dropLast() : line[...], as: UTF8.self)
  }

  /// Lines as they come: as many together as are at hand.
  private func predictLines(_ trained: TrainedClassifier) throws {
    var waiting: [String] = []
    try Lines.forEach(path) { line, more in
      if !line.isEmpty { waiting.append(Self.text(line)) }
      guard !more || waiting.count >= 256 else { return }
      try show(trained.probabilities(waiting), trained)
      waiting.removeAll()
      StandardOutput.flush()
    }
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
