import Recurrent

extension Evaluate {
  /// Scores of a classifier on labelled data.
  func evaluateClassifier(_ folder: ModelFolder) throws {
    let trained = try folder.classifier()
    guard paths.count == 1 else { throw CommandError("name one table; \(paths.count) are given") }
    let data = try ClassifierData(
      reading: paths[0], columns: columns.over(trained.reading.columns), format: columns.format,
      encoding: columns.encoding, multiLabel: trained.model.configuration.multiLabel)
    if let note = data.note, !quiet { StandardError.line(note) }
    let examples = LabelledSequences(
      try data.steps(trained.reading, trained.tokenizer), classes: try data.classes(trained.labels))
    let result = ClassifierEvaluation(trained.model, examples, temperature: trained.temperature)
    if json {
      return try StandardOutput.line(JSONText.encode(ClassifierOutput(result, labels: trained.labels)))
    }
    let width = max(10, trained.labels.map(\.count).max() ?? 0)
    var lines = [
      "accuracy           \(fixed(result.accuracy, 4)) of \(grouped(result.count))",
      "macro F1           \(fixed(result.f1Macro, 4))",
    ]
    if let mcc = result.single?.mcc { lines.append("MCC                \(fixed(mcc, 4))") }
    if let micro = result.multiple?.microF1 { lines.append("micro F1           \(fixed(micro, 4))") }
    lines.append("loss               \(fixed(result.lossNats, 4)) nats")
    lines.append("calibration error  \(fixed(result.calibration.expectedError, 4))")
    lines.append("")
    lines.append(padded("class", width) + "  precision  recall      F1  support")
    for (label, counts) in zip(trained.labels, result.perClass) {
      lines.append(
        padded(label, width) + "     \(fixed(counts.precision, 4))  \(fixed(counts.recall, 4))  \(fixed(counts.f1, 4))"
          + leading(grouped(counts.gold), 9))
    }
    if let confusion = result.single?.confusion, trained.labels.count <= 20 {
      let cell = max(8, (confusion.joined().max() ?? 0).description.count + 2)
      lines.append("")
      lines.append(
        padded("true \\ said", width)
          + trained.labels.map { leading(String($0.prefix(cell - 2)), cell) }.joined())
      for (label, row) in zip(trained.labels, confusion) {
        lines.append(padded(label, width) + row.map { leading(String($0), cell) }.joined())
      }
    }
    StandardOutput.line(lines.joined(separator: "\n"))
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func leading(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

private struct ClassifierOutput: Encodable {
  struct Class: Encodable {
    var precision: Double
    var recall: Double
    var f1: Double
    var support: Int
  }

  var accuracy: Double
  var f1Macro: Double
  var f1Micro: Double?
  var mcc: Double?
  var lossNats: Double
  var expectedCalibrationError: Double
  var perClass: [String: Class]
  var labels: [String]
  /// True classes in rows, what was said in columns, in the order of labels.
  var confusion: [[Int]]?
  var count: Int

  init(_ result: ClassifierEvaluation, labels: [String]) {
    accuracy = result.accuracy
    f1Macro = result.f1Macro
    f1Micro = result.multiple?.microF1
    mcc = result.single?.mcc
    lossNats = result.lossNats
    expectedCalibrationError = result.calibration.expectedError
    perClass = Dictionary(
      zip(labels, result.perClass).map {
        ($0, Class(precision: $1.precision, recall: $1.recall, f1: $1.f1, support: $1.gold))
      }, uniquingKeysWith: { first, _ in first })
    self.labels = labels
    confusion = result.single?.confusion
    count = result.count
  }
}
