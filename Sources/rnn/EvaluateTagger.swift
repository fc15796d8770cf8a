import Recurrent

extension Evaluate {
  /// Accuracy of tokens; precision, recall and F1 of entities.
  func evaluateTagger(_ folder: ModelFolder) throws {
    let (model, vocabulary) = try folder.tagger()
    let tagger = SentenceTagger(model, vocabulary)
    let display = Progress(quiet: quiet)
    let isPlain = vocabulary.scheme == .plain
    var scores = EntityScores(plain: isPlain)
    var (sentences, unknown) = (0, Set<String>())
    for path in paths {
      let file = try ColumnFile(
        reading: path, token: tokenColumns.tokenColumn ?? vocabulary.columns.token.flatMap { ColumnSelector($0) },
        tag: tokenColumns.tagColumn ?? vocabulary.columns.tag.flatMap { ColumnSelector($0) }, encoding: columns.encoding
      )
      if let note = file.note { display.line(note) }
      let gold = file.sentences(in: vocabulary.scheme)
      sentences += gold.count
      for start in stride(from: 0, to: gold.count, by: 1024) {
        let part = gold[start..<min(gold.count, start + 1024)]
        for (sentence, tagging) in zip(part, try tagger.tag(part.map(\.tokens))) {
          scores.add(gold: sentence.tags, predicted: tagging.tags)
        }
        display.show(fraction: Double(start) / Double(gold.count), "\(grouped(scores.tokens)) tokens")
      }
      let types = Set(vocabulary.scheme == .plain ? vocabulary.tags : vocabulary.tags.map { String($0.dropFirst(2)) })
      unknown.formUnion(scores.perType.filter { $1.gold > 0 && !types.contains($0) }.keys)
    }
    display.clear()
    if !unknown.isEmpty {
      display.line("tags that the model does not know: \(unknown.sorted().joined(separator: ", "))")
    }
    try json ? printJSON(scores, sentences) : printTable(scores, sentences, isPlain ? "tag" : "type")
  }

  private func printJSON(_ scores: EntityScores, _ sentences: Int) throws {
    try StandardOutput.line(
      JSONText.encode(
        TaggerScores(
          tokenAccuracy: scores.tokenAccuracy, precision: scores.precision, recall: scores.recall, f1: scores.f1,
          perType: scores.perType.mapValues(TypeOutput.init), sentences: sentences, tokens: scores.tokens)))
  }

  private func printTable(_ scores: EntityScores, _ sentences: Int, _ kind: String) {
    StandardOutput.line(
      "token accuracy  \(percent(scores.tokenAccuracy))  of \(grouped(scores.tokens)) tokens in \(grouped(sentences)) "
        + "sentences\n")
    let rows = scores.perType.sorted { $0.key < $1.key } + [(key: "all", value: scores.overall)]
    let width = max(4, rows.map(\.key.count).max() ?? 0)
    func cell(_ text: String) -> String { String(repeating: " ", count: max(0, 11 - text.count)) + text }
    func line(_ name: String, _ cells: [String]) {
      StandardOutput.line(
        name + String(repeating: " ", count: width - name.count) + cells.map(cell).joined())
    }
    line(kind, ["precision", "recall", "F1", "there", "found", "right"])
    for (name, counts) in rows {
      line(
        name,
        [percent(counts.precision), percent(counts.recall), percent(counts.f1)]
          + [counts.gold, counts.predicted, counts.correct].map(grouped))
    }
  }

  private func percent(_ part: Double) -> String { fixed(100 * part, 2) + " %" }
}

private struct TypeOutput: Encodable {
  var precision: Double
  var recall: Double
  var f1: Double
  var support: Int
  var predicted: Int
  var correct: Int

  init(_ counts: DetectionCounts) {
    (precision, recall, f1) = (counts.precision, counts.recall, counts.f1)
    (support, predicted, correct) = (counts.gold, counts.predicted, counts.correct)
  }
}

private struct TaggerScores: Encodable {
  var tokenAccuracy: Double
  var precision: Double
  var recall: Double
  var f1: Double
  var perType: [String: TypeOutput]
  var sentences: Int
  var tokens: Int
}
