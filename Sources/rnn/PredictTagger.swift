import Recurrent

extension Predict {
  /// Tags and entities of each sentence.
  func predictTags(_ folder: ModelFolder) throws {
    let (model, vocabulary) = try folder.tagger()
    let tagger = SentenceTagger(model, vocabulary)
    if tokens || !tokenColumns.given.isEmpty
      || [".conll", ".conllu", ".conllup", ".iob"].contains(where: path.hasSuffix)
    {
      try predictColumns(tagger)
    } else {
      try readLines { try show($0.map(SpacedSentence.init(text:)), tagger) }
    }
    StandardOutput.flush()
  }

  private func predictColumns(_ tagger: SentenceTagger) throws {
    let file = try ColumnFile(
      reading: path, token: tokenColumns.tokenColumn ?? tagger.vocabulary.columns.token.flatMap { ColumnSelector($0) },
      tagged: false, encoding: columns.encoding)
    if let note = file.note { StandardError.line(note) }
    let sentences = file.sentences.map(\.tokens)
    for start in stride(from: 0, to: sentences.count, by: Self.most) {
      let part = sentences[start..<min(sentences.count, start + Self.most)]
      try show(part.map(SpacedSentence.init), tagger)
    }
  }

  private func show(_ sentences: [SpacedSentence], _ tagger: SentenceTagger) throws {
    for (sentence, tagging) in zip(sentences, try tagger.tag(sentences.map { $0.tokens.map(\.text) })) {
      let scalars = Array(sentence.text.unicodeScalars)
      let entities = tagging.entities.map { entity in
        let (first, last) = (sentence.tokens[entity.span.start], sentence.tokens[entity.span.end - 1])
        let place = first.scalars.lowerBound..<last.scalars.upperBound
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[place])
        return EntityOutput(
          type: entity.span.type, text: String(text), start: place.lowerBound, end: place.upperBound,
          startByte: first.bytes.lowerBound, endByte: last.bytes.upperBound, firstToken: entity.span.start,
          endToken: entity.span.end, confidence: entity.confidence)
      }
      try StandardOutput.line(
        JSONText.encode(
          TaggingOutput(
            text: sentence.text, tokens: sentence.tokens.map(\.text), tags: tagging.tags,
            probabilities: tagging.probabilities, entities: entities)))
    }
  }
}

/// A text and its tokens.
private struct SpacedSentence {
  let text: String
  let tokens: [TextToken]

  init(text: String) {
    self.text = text
    tokens = PlainTokenizer.tokens(text)
  }

  /// Tokens with a space between them.
  init(_ tokens: [String]) {
    text = tokens.joined(separator: " ")
    var (scalar, byte) = (0, 0)
    self.tokens = tokens.map { token in
      let (scalars, bytes) = (token.unicodeScalars.count, token.utf8.count)
      defer { (scalar, byte) = (scalar + scalars + 1, byte + bytes + 1) }
      return TextToken(text: token, scalars: scalar..<scalar + scalars, bytes: byte..<byte + bytes)
    }
  }
}

private struct TaggingOutput: Encodable {
  var text: String
  var tokens: [String]
  var tags: [String]
  var probabilities: [Float]
  var entities: [EntityOutput]
}

private struct EntityOutput: Encodable {
  var type: String
  var text: String
  var start: Int
  var end: Int
  var startByte: Int
  var endByte: Int
  var firstToken: Int
  var endToken: Int
  var confidence: Double
}
