import Recurrent

extension Predict {
  /// The best outputs for each text.
  func predictOutputs(_ folder: ModelFolder) throws {
    let translator = try folder.translator()
    let showsAttention = output.attention || output.svg != nil || html != nil
    if showsAttention && translator.model.attention == nil { throw TranslatorError.noAttention }
    let constraint = try search.constraint.constraint(translator.encoder, encoding: columns.encoding)
    var maps: [AttentionMap] = []
    func answer(_ texts: [String]) throws {
      for start in stride(from: 0, to: texts.count, by: Self.most) {
        let part = Array(texts[start..<min(texts.count, start + Self.most)])
        let all = try translator.translate(
          part, search.options, constraint: constraint, keepsAttention: showsAttention)
        for (text, outputs) in zip(part, all) {
          try show(text, outputs)
          if showsAttention, html != nil || maps.isEmpty { maps += outputs.first.map { [AttentionMap($0)] } ?? [] }
        }
        StandardOutput.flush()
      }
    }
    if !pairColumns.given.isEmpty || columns.format != nil || TableFormat(path: path) != nil {
      let file = try PairFile(
        reading: path, columns: pairColumns.over(translator.encoder.reading.columns), format: columns.format,
        encoding: columns.encoding, targeted: false)
      if let note = file.note { StandardError.line(note) }
      try answer(file.sources)
    } else {
      try readLines(blank: true, answer)
    }
    if let svg = output.svg, let map = maps.first {
      try AtomicFile.write(Array(map.svg.utf8), to: svg)
      StandardError.line("the heat map is in \(svg)")
    }
    if let html {
      try AtomicFile.write(Array(AttentionMap.page(maps).utf8), to: html)
      StandardError.line("the page is in \(html)")
    }
  }

  private func show(_ text: String, _ outputs: [Translation]) throws {
    guard let best = outputs.first else { return }
    if output.attention && StandardOutput.isTerminal {
      StandardOutput.line(best.text)
      return StandardOutput.line(AttentionMap(best).text(coloured: true))
    }
    if output.plain {
      // One output a line, even where it has several.
      let outputs = outputs.map { ($0.score, $0.text.split(whereSeparator: \.isNewline).joined(separator: " ")) }
      if search.options.best == 1 { return StandardOutput.line(outputs[0].1) }
      for (rank, (score, output)) in outputs.enumerated() {
        StandardOutput.line("\(text)\t\(rank + 1)\t\(fixed(score, 4))\t\(output)")
      }
      return
    }
    try StandardOutput.line(
      JSONText.encode(
        Answer(
          text: text, output: best.text, score: best.score, logProbability: best.logProbability,
          finished: best.finished,
          outputs: search.options.best > 1
            ? outputs.map {
              Output(text: $0.text, score: $0.score, logProbability: $0.logProbability, finished: $0.finished)
            } : nil,
          tokens: output.attention ? best.tokens + (best.finished ? ["</s>"] : []) : nil,
          sourceTokens: output.attention ? best.sourceTokens : nil,
          attention: output.attention ? best.attention : nil)))
  }

  private struct Output: Encodable {
    var text: String
    var score: Double
    var logProbability: Double
    var finished: Bool
  }

  private struct Answer: Encodable {
    var text: String
    var output: String
    var score: Double
    var logProbability: Double
    var finished: Bool
    var outputs: [Output]?
    var tokens: [String]?
    var sourceTokens: [String]?
    var attention: [[Float]]?
  }
}
