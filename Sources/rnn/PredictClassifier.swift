import Recurrent

extension Predict {
  /// The label and the probabilities of each text or sequence, or why they are what they are.
  func predictClasses(_ folder: ModelFolder) throws {
    let trained = try folder.classifier()
    if explain && trained.tokenizer == nil {
      try refuseOptions(["--explain"], for: "classifiers of texts", folder, holds: "a classifier of numbers")
    }
    var explanations: [Explanation] = []
    func answer(_ texts: [String]) throws {
      if explain {
        explanations += try texts.map { try showExplanation($0, trained) }
      } else {
        try show(trained.probabilities(texts), texts, trained)
      }
      StandardOutput.flush()
    }
    if trained.tokenizer == nil || !columns.given.isEmpty || path.hasSuffix(".ts") || TableFormat(path: path) != nil {
      let data = try ClassifierData(
        reading: path, columns: columns.over(trained.reading.columns), format: columns.format,
        encoding: columns.encoding, labelled: false)
      if let note = data.note { StandardError.line(note) }
      if case .texts(let texts) = data.items, trained.tokenizer != nil {
        try answer(texts)
      } else {
        try show(trained.probabilities(data.steps(trained.reading, trained.tokenizer)), nil, trained)
      }
    } else {
      try readLines(answer)
    }
    if let html {
      try AtomicFile.write(Array(ExplanationPage.page(explanations).utf8), to: html)
      StandardError.line("the page is in \(html)")
    }
  }

  private func showExplanation(_ text: String, _ trained: TrainedClassifier) throws -> Explanation {
    let explanation = try trained.explain(text)
    if StandardOutput.isTerminal {
      StandardOutput.line(ExplanationView.coloured(explanation))
    } else {
      try StandardOutput.line(JSONText.encode(ExplanationView.Output(explanation, text: text)))
    }
    StandardOutput.flush()
    return explanation
  }

  /// - Parameter texts: nil for sequences of numbers.
  private func show(_ probabilities: [[Double]], _ texts: [String]?, _ trained: TrainedClassifier) throws {
    for (index, row) in probabilities.enumerated() {
      let text = texts.map { $0[index] }
      let named = Dictionary(zip(trained.labels, row), uniquingKeysWith: { first, _ in first })
      let decided = trained.model.decide(row).map { trained.labels[$0] }
      if trained.model.configuration.multiLabel {
        try StandardOutput.line(JSONText.encode(Labels(text: text, labels: decided, probabilities: named)))
      } else {
        try StandardOutput.line(JSONText.encode(Label(text: text, label: decided[0], probabilities: named)))
      }
    }
  }

  private struct Label: Encodable {
    var text: String?
    var label: String
    var probabilities: [String: Double]
  }

  private struct Labels: Encodable {
    var text: String?
    var labels: [String]
    var probabilities: [String: Double]
  }
}
