import ArgumentParser
import Recurrent
import Tensors

struct TrainSeq2Seq: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seq2seq",
    abstract: "Train a model that reads one text and writes another: translations, answers, pronunciations.",
    discussion: """
      The data is a table (CSV, TSV or JSON Lines) with a source and a target in each row, or two files that belong \
      together line by line. The first row of a table is a pair like others, unless a column is asked for by name or \
      --header is given. A part is held out; its loss decides which model is kept.

      The encoder reads the source in both directions; the decoder writes, looking at the source through attention.

      Examples:

        rnn train seq2seq pairs.tsv --out models/chat
        rnn train seq2seq chat.csv --source-column Q --target-column A --out models/chat
        rnn train seq2seq --source train.de --target train.en --validation val.de,val.en \\
          --tokenizer word --out models/translate
        rnn train seq2seq dictionary.tsv --source-tokenizer char --target-tokenizer word --out models/g2p
        rnn train seq2seq --resume --out models/chat

        rnn predict models/g2p words.txt --beam 5 --n-best 3
        rnn evaluate models/translate --source test.de --target test.en
        rnn chat models/chat
      """)

  @OptionGroup(title: "Data") var data: PairDataOptions
  @OptionGroup(title: "Model") var model: PairModelOptions
  @OptionGroup(title: "Training") var training: PairTrainingOptions
  @OptionGroup(title: "Run") var running: RunOptions

  func validate() throws {
    try running.check(
      data: data.path ?? data.source ?? data.target, wanted: "a table of pairs, or two files with --source and --target"
    )
    try data.check()
    try training.check()
    // The vocabularies are not known yet; everything else of the shape is.
    if let flaw = model.configuration(source: 1, target: 1, shared: data.sharedVocabulary).flaw {
      throw ValidationError("the options ask for \(flaw)")
    }
    if model.copy && training.labelSmoothing > 0 {
      throw ValidationError("--copy has a loss of its own, which is not smoothed; leave out --label-smoothing")
    }
  }

  func run() throws {
    let files = [data.path, data.source, data.target] + data.validation.split(separator: ",").map(String.init)
    let folder = try running.folder(trainedOn: "pairs", files: files) { folder, display in
      try PairPreparation(data: data, model: model, training: training, display: display).prepare(folder)
    }
    let trainer = try EncoderDecoderTrainer(folder, budget: training.update.budget)
    let heading = heading(trainer)
    var session = TrainingSession(
      trainer: consume trainer, command: "seq2seq", items: "tokens", running: running)
    try session.run(heading: heading)
    if !running.quiet {
      StandardError.line(
        """
        The model is in \(folder.path). Use it:
          rnn predict \(folder.path) FILE --beam 5
          rnn evaluate \(folder.path) PAIRS
          rnn chat \(folder.path)
        """)
    }
  }

  private func heading(_ trainer: EncoderDecoderTrainer) -> String {
    let model = trainer.checkpoint.model
    let c = model.configuration
    return "\(c.bidirectional ? "bidirectional " : "")\(c.encoderCell.rawValue) encoder of \(c.encoderLayers) × "
      + "\(c.encoderHidden) units, \(c.decoderCell.rawValue) decoder of \(c.decoderLayers) × \(c.decoderHidden), "
      + "\(c.attention.map { "\($0.rawValue) attention" } ?? "no attention"), \(grouped(model.parameterCount)) parameters; "
      + "\(grouped(trainer.task.trainingCount)) pairs to train on, \(grouped(trainer.task.validationCount)) held out"
  }
}

/// Reads the pairs, splits them, makes the tokenizers, and writes everything that training starts from.
struct PairPreparation {
  let data: PairDataOptions
  let model: PairModelOptions
  let training: PairTrainingOptions
  let display: Progress

  func prepare(_ folder: ModelFolder) throws {
    let columns = data.columns.over(PairColumns())
    func read(_ path: String?, _ source: String?, _ target: String?) throws -> PairFile {
      let file =
        if let source, let target {
          try PairFile(source: source, target: target, encoding: data.encoding)
        } else {
          try PairFile(reading: path ?? "-", columns: columns, format: data.format, encoding: data.encoding)
        }
      if let note = file.note { display.line(note) }
      return file
    }
    let all = try read(data.path, data.source, data.target)
    var (first, held): (PairFile, PairFile?) = (all, nil)
    if let fraction = Double(data.validation) {
      if fraction > 0 { (first, held) = try split(all, fraction) }
    } else {
      let parts = data.validation.split(separator: ",").map(String.init)
      held = parts.count == 2 ? try read(nil, parts[0], parts[1]) : try read(data.validation, nil, nil)
    }
    try folder.create()
    let encoder = try encoder(first, columns, scratch: folder.training + "/texts")
    let configuration = model.configuration(
      source: encoder.source.count, target: encoder.target.count, shared: data.sharedVocabulary)
    let (pairs, omitted) = try encoder.pairs(first)
    guard pairs.count > 0 else { throw PairError.tooLong(path: all.path, most: data.maximumLength) }
    let validation = try held.map { try encoder.pairs($0).pairs }
    if omitted > 0 {
      display.line(
        "\(grouped(omitted)) pairs with more than \(grouped(data.maximumLength)) tokens on a side are left out")
    }
    describe(all.path, pairs, encoder)
    try EncoderDecoderTrainer.prepare(
      folder, configuration: configuration, encoder: encoder, training: pairs,
      validation: validation.flatMap { $0.count > 0 ? $0 : nil }, options: training.options,
      decoder: training.decoder)
  }

  private func encoder(_ file: PairFile, _ columns: PairColumns, scratch: String) throws -> PairEncoder {
    let normalisation = TextNormalisation(lowercase: data.lowercase)
    let reading = PairReading(
      source: normalisation, target: normalisation, maximumLength: data.maximumLength, columns: columns,
      multiline: file.targets?.contains { $0.contains(where: \.isNewline) } ?? false)
    func tokenizer(_ kind: Tokenizer.Kind, _ texts: [String]) throws -> Tokenizer {
      try Tokenizer(data.options(kind), texts: texts.lazy.map { normalisation($0) }, scratch: scratch)
    }
    let targets = file.targets ?? []
    if data.sharedVocabulary {
      return PairEncoder(
        reading, source: try tokenizer(data.sourceKind, file.sources + targets), copying: model.copy)
    }
    return PairEncoder(
      reading, source: try tokenizer(data.sourceKind, file.sources), target: try tokenizer(data.targetKind, targets),
      copying: model.copy)
  }

  /// The part to train on, and the part held out: pairs with the same source go to the same part.
  private func split(_ all: PairFile, _ fraction: Double) throws -> (PairFile, PairFile) {
    var groups: [[UInt8]: [Int]] = [:]
    var order: [[UInt8]] = []
    for (index, source) in all.sources.enumerated() {
      let key = Array(source.utf8)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(index)
    }
    let split = StratifiedSplit(
      labels: order.map { _ in 0 }, fraction: fraction, key: RandomKey(seed: training.update.seed, stream: 1 << 21))
    guard !split.heldOut.isEmpty, !split.training.isEmpty else {
      throw PairError.fewPairs(path: all.path, count: order.count)
    }
    func pairs(_ chosen: [Int]) -> PairFile { all.subset(chosen.flatMap { groups[order[$0]] ?? [] }.sorted()) }
    return (pairs(split.training), pairs(split.heldOut))
  }

  private func describe(_ path: String, _ pairs: SequencePairs, _ encoder: PairEncoder) {
    func side(_ name: String, _ tokenizer: Tokenizer, _ sequences: [[Int32]]) -> String {
      let lengths = sequences.map(\.count).sorted()
      return
        "\(name) of \(grouped(lengths[0])) to \(grouped(lengths[lengths.count - 1])) \(tokenizer.kind.rawValue) tokens, "
        + "median \(grouped(lengths[lengths.count / 2])), of \(grouped(tokenizer.count)) kinds"
    }
    display.line(
      "\(path): \(grouped(pairs.count)) pairs to train on; \(side("sources", encoder.source, pairs.sources)); "
        + side("targets", encoder.target, pairs.targets))
  }
}
