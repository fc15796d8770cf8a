import ArgumentParser
import Recurrent
import Tensors

struct TrainClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classifier",
    abstract: "Train a model that puts whole texts, or sequences of numbers, into classes.",
    discussion: """
      The data is a table (CSV, TSV or JSON Lines) with a column of texts and one of labels, a table of numbers with \
      several rows for each sequence (--series), or a UCR/UEA .ts file. A part is held out, as many of each class as is \
      its share; it decides when to stop, which model is kept, and what its probabilities mean.

      Examples:

        rnn train classifier messages.tsv --text SMS --label Label --out models/spam
        rnn train classifier reviews.csv --text review --label sentiment --class-weights balanced --out models/reviews
        rnn train classifier posts.jsonl --text text --label tags --multi-label --out models/tags
        rnn train classifier sensors.csv --series run --time t --features x,y,z --label state --out models/state
        rnn train classifier JapaneseVowels_TRAIN.ts --out models/vowels
        rnn train classifier reviews.csv --text review --label sentiment --from models/lm --out models/reviews

        rnn predict models/spam inbox.txt
        rnn evaluate models/spam test.tsv
      """)

  enum ClassWeights: String, ExpressibleByArgument, CaseIterable { case none, balanced }

  struct DataOptions: ParsableArguments {
    @Argument(help: "A table or .ts file; - for standard input.") var path: String?
    @OptionGroup var columns: ColumnOptions
    @Flag(help: "A row may have several labels, or none, separated by --separator (or a list in JSON Lines).")
    var multiLabel = false
    @Option(help: "Held out: a fraction of the rows (0 for none), or a file of the same form.") var validation = "0.1"
    @Option(
      help: """
        What a token is: word (small letters, with a mark before words in capitals; numbers as zeros, punctuation apart), \
        char, byte or bpe.
        """)
    var tokenizer = Tokenizer.Kind.word
    @Flag(help: "Leave words as they are written; white space alone separates them.") var keepCase = false
    @Option(help: "Words that occur less often become the unknown token.") var minimumCount = 2
    @Option(help: "Most words of a word vocabulary, or tokens of a bpe vocabulary (default: 30,000, and 1,024).")
    var vocabularySize: Int?
    @Option(help: "Most tokens of a text; of a longer one the beginning and the end are read.") var maximumLength = 1000
    @Flag(help: "Tell the model by features of their own which numbers were missing.") var masks = false
  }

  struct ModelOptions: ParsableArguments {
    @OptionGroup var transfer: TransferOptions
    @Option(help: "lstm, gru, elman (tanh), elman-relu, elman-sigmoid, min-gru or min-lstm.") var cell = CellKind.lstm
    @Option(help: "Units of each layer and direction.") var hidden = 128
    @Option(help: "Recurrent layers.") var layers = 1
    @Option(help: "Features of the vectors of tokens.") var embedding = 128
    @Flag(help: "Read forward only.") var unidirectional = false
    @Option(help: "How the steps become one vector: last, mean, max, attention or concat (last, max and mean).")
    var pooling = SequencePooling.Method.max
    @Option(help: "Probability of zero on input vectors, between layers and before the output layer.")
    var dropout: Float = 0.5
    @Option(help: "Probability with which a word or character becomes the unknown token.") var tokenDropout: Float = 0
    @Option(help: Initialisation.help) var initialisation = Initialisation.standard
  }

  struct TrainingOptionGroup: ParsableArguments {
    @Option(help: "Sequences side by side.") var batch = 32
    @Option(help: "Learning rate.") var rate: Float = 0.001
    @Option(help: Schedule.help) var schedule = Schedule.cosine(warmup: 50)
    @Option(help: "Limit of the gradient: norm:1, value:5 or none.") var clip = Clipping.norm(1)
    @Option(help: "End after so many epochs without a higher macro F1 on the data held out.") var patience: Int = 5
    @Option(help: "How much rows of each class count: none, or balanced (inverse to their number).")
    var classWeights = ClassWeights.none
    @OptionGroup var update: UpdateOptions

    var options: TrainingOptions {
      TrainingOptions(
        batch: batch, budget: update.budget ?? .epochs(20), optimizer: update.optimizer,
        weightDecay: update.weightDecay, rate: rate, schedule: schedule, clipping: clip, precision: update.precision,
        patience: patience, seed: update.seed)
    }

    func check() throws {
      try checkPositive([("batch", batch), ("patience", patience)])
      try checkRate(rate)
      try update.check()
    }
  }

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Training") var training: TrainingOptionGroup
  @OptionGroup(title: "Run") var running: RunOptions

  func validate() throws {
    try running.check(data: data.path, wanted: "a table or a .ts file, or - for standard input")
    try training.check()
    try checkPositive([("minimum-count", data.minimumCount), ("maximum-length", data.maximumLength)])
    if let fraction = Double(data.validation), !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation is \(data.validation); it must be a fraction from 0 to below 1, or a file")
    }
    if let size = data.vocabularySize, size < (data.tokenizer == .bpe ? 257 : 3) || size > 1 << 24 {
      throw ValidationError("--vocabulary-size is \(size); that is too small or too large")
    }
    try data.columns.check()
    try model.transfer.check()
    // What the model tells apart is not known yet; everything else of the shape is.
    let shape = ClassifierConfiguration(
      input: .vectors(features: model.embedding), labels: ["a", "b"], cell: model.cell, hidden: model.hidden,
      layers: model.layers, dropout: model.dropout, tokenDropout: model.tokenDropout)
    if let flaw = shape.flaw { throw ValidationError("the options ask for \(flaw)") }
  }

  func run() throws {
    let folder = try running.folder(trainedOn: "a table", files: [data.path, data.validation]) { folder, display in
      try ClassifierPreparation(data: data, model: self.model, training: training, display: display).prepare(folder)
    }
    let trainer = try ClassifierTrainer(folder, budget: training.update.budget)
    let model = trainer.checkpoint.model
    let c = model.configuration
    var session = TrainingSession(
      trainer: trainer, command: "classifier", items: "sequences", score: "macro F1", running: running)
    try session.run(
      heading: "\(c.bidirectional ? "bidirectional " : "")\(c.cell.rawValue), \(c.layers) × \(c.hidden) units, "
        + "\(c.pooling.rawValue) pooling, \(grouped(model.parameterCount)) parameters; "
        + "\(grouped(trainer.task.trainingCount)) sequences to train on, \(grouped(trainer.task.validationCount)) held out"
    )
    let calibrated = try ClassifierTrainer.calibrate(folder)
    guard !running.quiet else { return }
    if let (before, after) = calibrated {
      StandardError.line(
        "held out: accuracy \(fixed(after.accuracy, 4)), macro F1 \(fixed(after.f1Macro, 4)); calibration error "
          + "\(fixed(before.calibration.expectedError, 4)), \(fixed(after.calibration.expectedError, 4)) after temperature scaling"
      )
    }
    StandardError.line(
      """
      The model is in \(folder.path). Use it:
        rnn predict \(folder.path) FILE
        rnn evaluate \(folder.path) TABLE
      """)
  }
}

/// Reads the data, splits it, and writes everything that training starts from.
struct ClassifierPreparation {
  let data: TrainClassifier.DataOptions
  let model: TrainClassifier.ModelOptions
  let training: TrainClassifier.TrainingOptionGroup
  let display: Progress

  func prepare(_ folder: ModelFolder) throws {
    let path = data.path ?? "-"
    var columns = data.columns.columns
    func read(_ path: String) throws -> ClassifierData {
      let file = try ClassifierData(
        reading: path, columns: columns, format: data.columns.format, encoding: data.columns.encoding,
        multiLabel: data.multiLabel)
      if let note = file.note { display.line(note) }
      return file
    }
    let all = try read(path)
    let labels = all.labelNames
    guard labels.count >= (data.multiLabel ? 1 : 2) else {
      throw ClassifierError.fewClasses(path: path, labels: labels)
    }
    let (first, held) = try split(all, read)
    if case .sequences(_, let channels) = all.items, columns.series != nil { columns.features = channels }

    try folder.create()
    var (tokenizer, start): (Tokenizer?, LanguageModel?) = (nil, nil)
    var reading = ClassifierReading(maximumLength: data.maximumLength, columns: columns)
    switch first.items {
    case .texts(let texts):
      if let from = model.transfer.from {
        (start, tokenizer) = try languageModel(from)
      } else {
        reading.normalisation = data.tokenizer == .word && !data.keepCase ? .words : .none
        let size = data.vocabularySize ?? (data.tokenizer == .word ? 30_000 : nil)
        tokenizer = try Tokenizer(
          TokenizerOptions(data.tokenizer, minimumCount: data.minimumCount, size: size),
          texts: texts.lazy.map { reading.normalisation($0) }, scratch: folder.training + "/texts")
      }
    case .sequences(let sequences, let channels):
      if model.transfer.from != nil {
        throw CommandError("\(path): --from a language model is for texts, not for numbers")
      }
      reading.scaling = ChannelScaling(fitting: sequences, channels: channels.count, masks: data.masks)
    }
    if model.tokenDropout > 0, tokenizer?.unknown == nil {
      throw CommandError(
        "--token-dropout is for texts of words or characters, whose vocabulary has an unknown token; leave it out")
    }
    func labelled(_ part: ClassifierData) throws -> LabelledSequences {
      LabelledSequences(try part.steps(reading, tokenizer), classes: try part.classes(labels))
    }
    let trained = try labelled(first)
    let classifier = try start.map {
      try Classifier(
        from: $0, path: model.transfer.from ?? "", labels: labels, multiLabel: data.multiLabel, pooling: model.pooling,
        dropout: model.dropout, tokenDropout: model.tokenDropout, examples: trained, seed: training.update.seed)
    }
    try ClassifierTrainer.prepare(
      folder, configuration: classifier?.configuration ?? configuration(labels, reading, tokenizer),
      reading: reading, tokenizer: tokenizer, training: trained, validation: try held.map(labelled),
      options: training.options, balanced: training.classWeights == .balanced, start: classifier,
      unfreezing: classifier.map { model.transfer.unfreezing(layers: $0.configuration.layers) })
    describe(path, all, trained, labels)
  }

  private func configuration(
    _ labels: [String], _ reading: ClassifierReading, _ tokenizer: Tokenizer?
  ) -> ClassifierConfiguration {
    ClassifierConfiguration(
      input: tokenizer.map { .tokens(vocabulary: $0.count, embedding: model.embedding) }
        ?? .vectors(features: reading.scaling?.features ?? 0),
      labels: labels, multiLabel: data.multiLabel, cell: model.cell, hidden: model.hidden, layers: model.layers,
      bidirectional: !model.unidirectional, pooling: model.pooling, dropout: model.dropout,
      tokenDropout: model.tokenDropout, initialisation: model.initialisation)
  }

  private func languageModel(_ path: String) throws -> (LanguageModel, Tokenizer) {
    try ModelFolder(path).languageModel()
  }

  /// The part to train on, and the part held out.
  private func split(
    _ all: ClassifierData, _ read: (String) throws -> ClassifierData
  ) throws -> (ClassifierData, ClassifierData?) {
    guard let fraction = Double(data.validation) else { return (all, try read(data.validation)) }
    if fraction == 0 { return (all, nil) }
    guard all.count >= 3 else { throw ClassifierError.fewExamples(path: all.path, count: all.count) }
    let split = StratifiedSplit(
      labels: (all.labels ?? []).map { $0.joined(separator: "\n") }, fraction: fraction,
      key: RandomKey(seed: training.update.seed, stream: 1 << 21))
    guard !split.heldOut.isEmpty else { throw ClassifierError.fewExamples(path: all.path, count: all.count) }
    if case .texts(let texts) = all.items {
      let duplicates = DuplicateText.find(in: texts, training: split.training, heldOut: split.heldOut)
      if let first = duplicates.first {
        display.line(
          "\(grouped(duplicates.count)) of the \(grouped(split.heldOut.count)) texts held out are among those to train on "
            + "as well (the first on line \(all.lines[first.heldOut]), as on line \(all.lines[first.training]))")
      }
    }
    return (all.subset(split.training), all.subset(split.heldOut))
  }

  private func describe(_ path: String, _ all: ClassifierData, _ trained: LabelledSequences, _ labels: [String]) {
    var counts: [String: Int] = [:]
    for label in (all.labels ?? []).joined() { counts[label, default: 0] += 1 }
    let shown = labels.sorted { (counts[$1] ?? 0, $0) < (counts[$0] ?? 0, $1) }.prefix(10).map {
      "\($0) \(grouped(counts[$0] ?? 0))"
    }
    let lengths = trained.lengths.sorted()
    display.line(
      "\(path): \(grouped(all.count)) \({ if case .texts = all.items { "texts" } else { "sequences" } }()) of "
        + "\(labels.count) classes (\(shown.joined(separator: ", "))\(labels.count > 10 ? ", ..." : "")), "
        + "\(grouped(lengths.first ?? 0)) to \(grouped(lengths.last ?? 0)) steps, median \(grouped(lengths[lengths.count / 2]))"
    )
  }
}

extension SequencePooling.Method: ExpressibleByArgument {}
