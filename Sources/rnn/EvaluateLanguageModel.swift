import Recurrent

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Evaluate {
  /// Loss, bits and perplexity of a text.
  func evaluateLanguageModel(_ source: ModelFolder) throws {
    if try source.isConditional {
      try refuseOptions(
        adaptation.given + cache.given, for: "models of whole texts", source, holds: "one with a condition")
      return try evaluateConditional(source)
    }
    let (model, tokenizer) = try source.languageModel()
    let corpus = try Corpus(paths, include: include)
    // The tokens go to a file, so that a text larger than memory can be evaluated.
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(folder)/rnn-evaluate-\(getpid()).tokens"
    defer { unlink(path) }
    let unknown = try TokenFile.write(corpus, tokenizer: tokenizer, to: path)
    let tokens = try TokenFile(reading: path)
    unlink(path)
    guard tokens.count >= 2 else {
      throw CommandError("\(paths.joined(separator: " ")): \(tokens.count) tokens; nothing follows the first one")
    }
    let progress = Progress(quiet: quiet)
    let tell: (Int) -> Void = { progress.show(fraction: Double($0) / Double(tokens.count), "\(grouped($0)) tokens") }
    let result: LanguageModelEvaluation
    if (adaptation.given + cache.given).isEmpty {
      result = try model.evaluate(
        tokenCount: tokens.count, bytes: tokens.byteCount, streams: streams, progress: tell,
        read: { try tokens.ids($0) })
    } else {
      var reader = TextReader(
        model, adaptation: try adaptation.adaptation(source, model, progress), cache: cache.cache(model))
      result = try reader.evaluate(
        tokenCount: tokens.count, bytes: tokens.byteCount, progress: tell, read: { try tokens.ids($0) })
    }
    progress.clear()
    // A byte that goes on with a character begins none.
    var characters = 0
    try corpus.forEachChunk { characters += $1.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
    try show(result, characters: characters, unknown: unknown)
  }

  /// The same of a table of texts and what is said of each.
  private func evaluateConditional(_ folder: ModelFolder) throws {
    let (model, tokenizer) = try folder.anyLanguageModel()
    guard let condition = model.configuration.condition, let lineEnd = tokenizer.lineEnd else { return }
    var rows: [(text: String, vector: [Float])] = []
    for path in paths { rows += try condition.rows(Table(reading: path, encoding: columns.encoding)) }
    let texts = try ConditionedTexts(rows, tokenizer)
    let unknown = texts.tokens.joined().count { $0 == tokenizer.unknown }
    let result = model.evaluate(texts, lineEnd: lineEnd, bytes: rows.reduce(0) { $0 + $1.text.utf8.count + 1 })
    try show(
      result, characters: rows.reduce(0) { $0 + $1.text.unicodeScalars.count + 1 }, unknown: unknown)
  }

  private func show(_ result: LanguageModelEvaluation, characters: Int, unknown: Int) throws {
    let bitsPerCharacter = result.bitsPerByte * Double(result.bytes) / Double(max(1, characters))
    if json {
      try StandardOutput.line(
        JSONText.encode(
          LanguageModelOutput(
            lossNats: result.lossNats, bitsPerToken: result.bitsPerToken, bitsPerByte: result.bitsPerByte,
            bitsPerCharacter: bitsPerCharacter,
            perplexity: result.perplexity, tokens: result.tokens, bytes: result.bytes, unknownTokens: unknown)))
    } else {
      StandardOutput.line(
        """
        loss                 \(fixed(result.lossNats, 4)) nats per token
        bits per token       \(fixed(result.bitsPerToken, 4))
        bits per character   \(fixed(bitsPerCharacter, 4))
        bits per byte        \(fixed(result.bitsPerByte, 4))
        perplexity           \(fixed(result.perplexity, 3))
        tokens               \(grouped(result.tokens)) predicted, of \(grouped(result.bytes)) bytes\
        \(unknown > 0 ? ", \(grouped(unknown)) unknown" : "")
        """)
    }
  }
}

private struct LanguageModelOutput: Encodable {
  var lossNats: Double
  var bitsPerToken: Double
  var bitsPerByte: Double
  var bitsPerCharacter: Double
  var perplexity: Double
  var tokens: Int
  var bytes: Int
  var unknownTokens: Int
}
