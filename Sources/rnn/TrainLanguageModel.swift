import ArgumentParser
import Recurrent
import Tensors

struct TrainLanguageModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lm",
    abstract: "Train a language model on any text.",
    discussion: """
      The text is cut into --batch contiguous streams, which are read side by side in windows of --window tokens, with \
      the hidden state carried from window to window. The model is trained by teacher forcing: at every step it is given \
      the true previous token. Gradients flow back to the start of the window.

      The loss is the mean over tokens, in nats. Papers that sum it over a window of T tokens state T times the gradient: \
      multiply their rate by T, and divide their clipping limit by it.

      Examples:

        rnn train lm shakespeare.txt --out models/bard
        rnn train lm Sources --include '*.swift' --minutes 10 --out models/swift
        cat *.log | rnn train lm - --tokenizer bpe --out models/log
        rnn train lm ptb.txt --tokenizer word --hidden 200 --embedding 200 \\
          --batch 20 --window 20 --optimizer sgd --rate 20 --clip norm:0.25 \\
          --schedule step:4,1,0.5 --epochs 13 --initialisation uniform:0.1 \\
          --dropout 0 --out models/ptb
        rnn train lm wiki.txt --tokenizer word --vocabulary-size 100000 \\
          --softmax adaptive --out models/wiki
        rnn train lm --resume --out models/bard

      With --gradient rtrl, snap1, uoro or rflo, gradients come forward with the text, in memory that does not grow with the \
      window. With --online, the model learns from a text as it comes, byte by byte, each foretold once and learnt from; \
      then --gradient is snap1 unless another is given, and the loss shown is that of bytes before they were learnt.

        rnn train lm shakespeare.txt --gradient rtrl --hidden 32 --layers 1 \\
          --batch 1 --out models/rtrl
        tail -f server.log | rnn train lm - --online --out models/log

      With --condition, the text is a table with a text in each row, and the model is told what stands in other columns \
      of the row: a label, or with --condition-number a number.

        rnn train lm names.csv --text name --condition country --out models/names
        rnn generate models/names --condition Portugal
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Condition") var condition: ConditionOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Training") var training: TrainingOptionGroup
  @Flag(help: "Learn from the text as it comes, in constant memory, until it ends or Ctrl-C.") var online = false
  @OptionGroup(title: "Run") var running: RunOptions

  func validate() throws {
    if online {
      try checkOnline()
    } else {
      try running.check(data: data.paths.first, wanted: "a text: a file, a folder, or - for standard input")
    }
    try data.check()
    try condition.check(paths: data.paths)
    try training.check()
    if model.tie, case .adaptive = model.softmax {
      throw ValidationError("--tie shares one matrix, and --softmax adaptive has several; leave one of the two out")
    }
    // The vocabulary is not known yet, so the largest stands for it; everything else of the shape is.
    let configuration = model.configuration(
      vocabulary: LanguageModelConfiguration.largestVocabulary, gradient: training.gradient ?? (online ? .snap1 : .bptt)
    )
    if let flaw = configuration.flaw { throw ValidationError(TrainingError.configuration(flaw).description) }
    if configuration.softmax != .full, !data.tokenizer.isOrderedByFrequency {
      throw ValidationError(TrainingError.tokensWithoutOrder(data.tokenizer).description)
    }
    if condition.isGiven, let gradient = training.gradient, gradient != .bptt {
      throw ValidationError("--gradient \(gradient.rawValue) is for whole texts; leave it out with --condition")
    }
    // How much memory a method takes depends on the vocabulary, but not whether it goes with the rest.
    var smallest = model.configuration(vocabulary: 2, gradient: (online ? onlineOptions : training.options).gradient)
    smallest.softmax = configuration.softmax
    if let flaw = smallest.flaw(online ? onlineOptions : training.options) {
      throw ValidationError(TrainingError.configuration(flaw).description)
    }
  }

  func run() throws {
    if online { return try runOnline() }
    let folder = try running.folder(trainedOn: "a text", files: data.paths + [data.validationPath]) { folder, display in
      if condition.isGiven {
        try ConditionalPreparation(
          data: data, condition: condition, model: model, training: training, display: display
        ).prepare(folder)
      } else {
        try prepare(folder, display)
      }
    }
    if try folder.isConditional { return try runConditional(folder) }
    let trainer = try LanguageModelTrainer(folder, budget: training.update.budget)
    let heading = heading(trainer)
    var session = TrainingSession(
      trainer: consume trainer, command: "lm", items: "tokens", running: running)
    try session.run(heading: heading)
    if !running.quiet { try showSample(folder) }
  }

  private func heading(_ trainer: LanguageModelTrainer) -> String {
    let model = trainer.checkpoint.model
    let options = trainer.options
    let memory = model.configuration.trainingMemory(options)
    let softmax = model.adaptiveSoftmax.map {
      "adaptive softmax cut at \($0.cutoffs.map(grouped).joined(separator: " and ")), "
    }
    return "\(model.configuration.cell.rawValue), \(model.configuration.layers) × \(model.configuration.hidden) units, "
      + (softmax ?? "")
      + "\(grouped(model.parameterCount)) parameters, about \(grouped(memory >> 20)) MiB of memory; "
      + "\(grouped(trainer.task.trainingTokens)) tokens to train on, \(grouped(trainer.task.validationTokens)) to validate"
  }

  /// A sample, and what to do next.
  private func showSample(_ folder: ModelFolder) throws {
    let (model, tokenizer) = try folder.languageModel()
    StandardError.line("\nA sample:\n")
    var generator = TextGenerator(model, tokenizer, SamplingOptions(temperature: 0.8, seed: 1))
    try generator.generate(prompt: "", length: tokenizer.kind == .word ? 60 : 300, stops: []) {
      StandardOutput.write($0)
      return true
    }
    StandardOutput.write("\n")
    StandardOutput.flush()
    StandardError.line(
      """

      The model is in \(folder.path). More of it:
        rnn generate \(folder.path) --length 500 --temperature 0.8 --seed 2
      """)
  }

  /// Reads the text, makes the tokenizer and writes everything that training starts from.
  private func prepare(_ folder: ModelFolder, _ display: Progress) throws {
    let corpus = try Corpus(data.paths, include: data.include)
    let total = Double(corpus.byteCount)
    let tokenizer = try Tokenizer(data.tokenizerOptions, corpus: corpus) {
      display.show(fraction: Double($0) / total, "reading \(grouped($0)) bytes")
    }
    try folder.create()
    try TokenFile.write(corpus, tokenizer: tokenizer, to: folder.tokens) {
      display.show(fraction: Double($0) / total, "encoding \(grouped($0)) bytes")
    }
    var unknown = 0
    if let path = data.validationPath {
      unknown = try TokenFile.write(
        Corpus([path], include: data.include), tokenizer: tokenizer, to: folder.validationTokens)
      let count = try TokenFile(reading: folder.validationTokens).count
      if count < 2 {
        throw CommandError("\(path): \(count) tokens; validation needs 2 at least, so name a longer text")
      }
    }
    try LanguageModelTrainer.prepare(
      folder, tokenizer: tokenizer,
      configuration: model.configuration(
        vocabulary: tokenizer.count, tokenizer: tokenizer.kind, gradient: training.options.gradient),
      options: training.options, validationFraction: data.validationFraction,
      separateValidation: data.validationPath != nil)
    let tokens = try TokenFile(reading: folder.tokens)
    display.line(
      "\(grouped(corpus.byteCount)) bytes in \(corpus.files.count) file\(corpus.files.count == 1 ? "" : "s"), "
        + "\(grouped(tokens.count)) \(tokenizer.kind.rawValue) tokens of \(grouped(tokenizer.count)) kinds, "
        + "\(tokens.width) byte\(tokens.width == 1 ? "" : "s") each on disk")
    if unknown > 0 {
      display.line("\(grouped(unknown)) tokens of the validation text are not in the training text")
    }
  }
}
