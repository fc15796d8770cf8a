import Recurrent

extension Evaluate {
  /// BLEU, chrF, exact matches and error rates of outputs beside what they should be.
  func evaluatePairs(_ folder: ModelFolder) throws {
    let translator = try folder.translator()
    let display = Progress(quiet: quiet)
    let file = try pairs(translator)
    if let note = file.note { display.line(note) }
    let (sources, references) = references(file)
    let constraint = try search.constraint.constraint(translator.encoder, encoding: columns.encoding)
    let outputs = try translator.translate(sources, search.options, constraint: constraint) {
      display.show(fraction: Double($0) / Double(max(1, sources.count)), "\(grouped($0)) sources")
    }
    display.clear()
    var scores = TranslationScores()
    for (output, references) in zip(outputs, references) {
      scores.add(output.first?.text ?? "", references: references, translator.encoder.target)
    }
    if json {
      return try StandardOutput.line(
        JSONText.encode(
          PairScores(
            bleu: scores.bleu.score, chrf: scores.chrf.score, exact: scores.exact, tokenErrorRate: scores.tokens.rate,
            wordErrorRate: scores.words.rate, brevityPenalty: scores.bleu.brevityPenalty, count: scores.count,
            beam: search.options.beam)))
    }
    StandardOutput.line(
      """
      BLEU              \(fixed(scores.bleu.score, 2))  (brevity penalty \(fixed(scores.bleu.brevityPenalty, 3)))
      chrF              \(fixed(scores.chrf.score, 2))
      exact             \(fixed(100 * scores.exact, 2)) % of \(grouped(scores.count))
      token error rate  \(fixed(100 * scores.tokens.rate, 2)) %
      word error rate   \(fixed(100 * scores.words.rate, 2)) %
      """)
  }

  private func pairs(_ translator: Translator) throws -> PairFile {
    if let source, let target {
      guard paths.isEmpty else { throw CommandError("\(paths[0]): name a table, or --source and --target, not both") }
      return try PairFile(source: source, target: target, encoding: columns.encoding)
    }
    guard paths.count == 1 else {
      throw CommandError("name one table of pairs, or two files with --source and --target; \(paths.count) are given")
    }
    return try PairFile(
      reading: paths[0], columns: pairColumns.over(translator.encoder.reading.columns), format: columns.format,
      encoding: columns.encoding)
  }

  /// Each source with what counts as right.
  private func references(_ file: PairFile) -> (sources: [String], references: [[String]]) {
    let targets = file.targets ?? []
    guard alternatives else { return (file.sources, targets.map { [$0] }) }
    var places: [[UInt8]: Int] = [:]
    var (sources, references): ([String], [[String]]) = ([], [])
    for (source, target) in zip(file.sources, targets) {
      let key = Array(source.utf8)
      if let place = places[key] {
        references[place].append(target)
      } else {
        places[key] = sources.count
        sources.append(source)
        references.append([target])
      }
    }
    return (sources, references)
  }
}

private struct PairScores: Encodable {
  var bleu: Double
  var chrf: Double
  var exact: Double
  var tokenErrorRate: Double
  var wordErrorRate: Double
  var brevityPenalty: Double
  var count: Int
  var beam: Int
}
