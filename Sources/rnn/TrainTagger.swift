import ArgumentParser
import Recurrent
import Tensors

struct TrainTagger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tagger",
    abstract: "Train a tagger: names, parts of speech, any tag for each word.",
    discussion: """
      The file has a token and its tag on each line, and blank lines between sentences, as the shared tasks of CoNLL and \
      CoNLL-U have it. Where tags spell chunks (B-PER, I-PER, O), their scheme is detected, the model is trained in IOBES, \
      and tags are given out in the scheme of the file.

      A word is looked up in lower case with its digits as 0; beside this vector stands one that a recurrent layer makes \
      of its characters. The best model by the F1 of entities on the validation sentences is kept, or by accuracy where \
      tags are no chunks.

      Examples:

        rnn train tagger train.conll --validation dev.conll --out models/names
        rnn train tagger es-ud-train.conllu --tag-column UPOS --out models/pos
        rnn train tagger train.conll --vectors glove.100d.txt --out models/names
        rnn train tagger train.conll --from models/lm --out models/names
        rnn train tagger --resume --out models/names
        rnn evaluate models/names test.conll
        echo "Ana vive en Buenos Aires ." | rnn predict models/names -
      """)

  @OptionGroup(title: "Data") var data: TaggerDataOptions
  @OptionGroup(title: "Model") var model: TaggerModelOptions
  @OptionGroup(title: "Training") var training: TaggerTrainingOptions
  @OptionGroup(title: "Run") var running: RunOptions

  func validate() throws {
    try running.check(data: data.path, wanted: "a column file, or - for standard input")
    try data.check()
    try model.check()
    if model.transfer.from != nil && data.vectors != nil {
      throw ValidationError("--from brings vectors of its own; leave out --vectors")
    }
    try training.check()
  }

  func run() throws {
    let folder = try running.folder(trainedOn: "a file", files: [data.path, data.validation], prepare: prepare)
    let trainer = try TaggerTrainer(folder, budget: training.update.budget)
    let isPlain = trainer.task.vocabulary.scheme == .plain
    var session = TrainingSession(
      trainer: trainer, command: "tagger", items: "tokens", score: isPlain ? "accuracy" : "F1", running: running
    )
    try session.run(heading: heading(trainer))
    if !running.quiet {
      StandardError.line(
        """
        The model is in \(folder.path). Use it:
          rnn evaluate \(folder.path) TEST-FILE
          rnn predict \(folder.path) -
        """)
    }
  }

  private func heading(_ trainer: TaggerTrainer) -> String {
    let model = trainer.checkpoint.model
    let (c, task) = (model.configuration, trainer.task)
    return "\(c.cell.rawValue), \(c.layers) × 2 × \(c.hidden) units, \(c.output.rawValue) of \(c.tags) tags, "
      + "\(grouped(model.parameterCount)) parameters; \(grouped(task.trainingSentences)) sentences of "
      + "\(grouped(task.trainingTokens)) tokens to train on, \(grouped(task.validationSentences)) to validate"
  }

  private func prepare(_ folder: ModelFolder, _ display: Progress) throws {
    let file = try read(data.path ?? "-", display)
    let scheme = data.scheme ?? file.scheme
    report(file.violations(of: scheme), display)
    var training = file.sentences(in: scheme)
    var validation: [TaggedSentence] = []
    if let fraction = data.validationFraction {
      if fraction > 0 { (training, validation) = try split(training, scheme, fraction, path: file.path) }
    } else {
      let other = try read(data.validation, display)
      report(other.violations(of: scheme), display)
      validation = other.sentences(in: scheme)
    }
    reportDuplicates(training, validation, display)
    let vectors = try readVectors(training + validation, display)
    let start = try model.transfer.from.map { path in
      let (model, tokenizer) = try ModelFolder(path).languageModel()
      return try TaggerStart(model, tokenizer, path: path)
    }
    let columns = TaggerVocabulary.Columns(token: data.columns.tokenColumn, tag: data.columns.tagColumn)
    let vocabulary = TaggerVocabulary(
      training, additional: (vectors?.keys ?? []) + (start?.keys ?? []), minimumCount: data.minimumCount,
      scheme: scheme,
      trainedScheme: model.trainScheme.scheme, columns: columns)
    let configuration = model.configuration(
      words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1,
      tags: vocabulary.tags.count, vectors: vectors?.dimension, start: start?.configuration)
    if let flaw = configuration.flaw { throw CommandError("\(file.path): the sentences and options ask for \(flaw)") }
    display.line(
      "tags \(scheme.rawValue), trained as \(vocabulary.trainedScheme.rawValue); \(grouped(vocabulary.words.count)) words, "
        + "\(grouped(vocabulary.characters.scalars.count)) characters"
        + (vectors.map { ", \(grouped($0.keys.count)) words with vectors" } ?? "")
        + (start.map { ", \(grouped($0.keys.count)) words from the language model" } ?? ""))
    try TaggerTrainer.prepare(
      folder, training: training, validation: validation, vocabulary: vocabulary, configuration: configuration,
      options: self.training.options, vectors: vectors, start: start,
      unfreezing: model.transfer.unfreezing(layers: configuration.layers))
  }

  private func read(_ path: String, _ display: Progress) throws -> ColumnFile {
    let columns = data.columns
    let file = try ColumnFile(
      reading: path, token: columns.tokenColumn, tag: columns.tagColumn, encoding: data.encoding)
    if let note = file.note { display.line(note) }
    for sentence in file.sentences where sentence.tokens.count > SentenceTagger.longestSentence {
      throw TaggerError.tooLong(
        path: file.path, line: sentence.lines[0], tokens: sentence.tokens.count, most: SentenceTagger.longestSentence)
    }
    return file
  }

  private static let mostReported = 5

  private func report(_ violations: [TagViolation], _ display: Progress) {
    for violation in violations.prefix(Self.mostReported) { display.line("\(violation)") }
    let more = violations.count - Self.mostReported
    if more > 0 { display.line("and \(grouped(more)) more tags that are not legal; they are read as conlleval does") }
  }

  /// Holds out sentences, each set of types in the same proportion.
  private func split(
    _ sentences: [TaggedSentence], _ scheme: TagScheme, _ fraction: Double, path: String
  ) throws -> (training: [TaggedSentence], validation: [TaggedSentence]) {
    let labels = sentences.map { sentence in
      scheme == .plain ? [] : Set(EntitySpan.spans(in: sentence.tags).map(\.type)).sorted()
    }
    let split = StratifiedSplit(
      labels: labels, fraction: fraction, key: RandomKey(seed: training.update.seed, stream: 1 << 17))
    guard !split.training.isEmpty, !split.heldOut.isEmpty else {
      throw CommandError(
        "\(path): \(sentences.count) sentences are too few to hold some out; name a file with --validation, or 0")
    }
    return (split.training.map { sentences[$0] }, split.heldOut.map { sentences[$0] })
  }

  private func reportDuplicates(_ training: [TaggedSentence], _ validation: [TaggedSentence], _ display: Progress) {
    let texts = (training + validation).map { $0.tokens.joined(separator: " ") }
    let duplicates = DuplicateText.find(
      in: texts, training: Array(training.indices), heldOut: Array(training.count..<texts.count))
    guard let first = duplicates.first else { return }
    display.line(
      "\(grouped(duplicates.count)) of \(grouped(validation.count)) validation sentences are also in the training part, "
        + "such as: \(texts[first.heldOut].prefix(60))")
  }

  private func readVectors(_ sentences: [TaggedSentence], _ display: Progress) throws -> TaggerWordVectors? {
    guard let path = data.vectors else { return nil }
    var tokens = sentences.flatMap(\.tokens)
    if let words = data.vectorWords {
      let file = try TextFile(reading: words, encoding: data.encoding)
      if let note = file.note { display.line(note) }
      tokens += PlainTokenizer.tokens(String(decoding: file.bytes, as: UTF8.self)).map(\.text)
    }
    return try TaggerWordVectors(reading: path, tokens: tokens, dimension: model.embedding)
  }
}
