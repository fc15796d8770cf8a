import ArgumentParser
import Recurrent
import Tensors

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how good a model is on data that it has not seen.",
    discussion: """
      Language models: the hidden state starts at zero and is carried across the whole text; every token but the first \
      is predicted once. Bits per byte compare between tokenizers, loss and perplexity only within one. What the training \
      text did not have counts as the unknown token.

      Classifiers: accuracy, precision, recall and F1 of each class and their mean (macro), Matthews' correlation \
      coefficient, the expected calibration error, and how often each class was taken for another.

      Taggers: the part of the tokens whose tag is right, and precision, recall and F1 of entities as conlleval counts \
      them: an entity is right if its type and both its ends are. Where tags are no chunks, each token counts as one.

      Forecasters: a walk forward through the steps after those that the model was trained on and chosen by, beside the \
      last value, drift, the seasonal naive forecast and exponential smoothing: errors, the ranked score of the \
      distributions (CRPS), how many outcomes lie in their intervals, and whether the model beats each of these, by the \
      test of Diebold and Mariano. MSE is in units of the training part's variance, MASE of its seasonal naive error. \
      Forecasts are made again without what comes after them, and have to be the same.

      Sequence to sequence: BLEU and chrF as sacreBLEU defines them, exact matches, and edits over the tokens of the \
      target's tokenizer and over the words of the references, for the best output of a beam search.

      Examples:

        rnn evaluate models/bard other.txt
        rnn evaluate models/bard other.txt --adapt --cache 2000
        rnn evaluate models/spam test.tsv --text SMS --label Label
        rnn evaluate models/names test.conll
        rnn evaluate models/stock stock.csv --plot backtest.svg
        rnn evaluate models/stock stock.csv --against models/plain --conformal
        rnn evaluate models/bard other.txt --json
        rnn evaluate models/translate --source test.de --target test.en
        rnn evaluate models/g2p test.tsv --alternatives --beam 1
      """)

  @Argument(help: "Folder of a model.") var model: String
  @Argument(help: "Files, or - for standard input; for a language model also folders.") var paths: [String] = []
  @Option(
    parsing: .singleValue, help: "In folders, only files that match this pattern (language models).")
  var include: [String] = []
  @Option(
    help: """
      Cut the text into so many parts that are read side by side: faster, and each begins without context (language \
      models).
      """)
  var streams = 1
  @OptionGroup(title: "Adaptation (language models)") var adaptation: AdaptationOptions
  @OptionGroup(title: "Cache (language models)") var cache: CacheOptions
  @OptionGroup(title: "Tables (classifiers; default: as at training)") var columns: ColumnOptions
  @OptionGroup(title: "Column files (taggers; default: as at training)") var tokenColumns: TokenColumnOptions
  @OptionGroup(title: "Forecasters") var forecasts: ForecastUseOptions
  @OptionGroup(title: "Backtests of forecasters") var backtest: BacktestOptions
  @OptionGroup(title: "Pairs (sequence to sequence; default: as at training)") var pairColumns: PairColumnOptions
  @Option(help: "In the place of a table: a file of sources, one a line (sequence to sequence).") var source: String?
  @Option(help: "The targets of --source, line by line.") var target: String?
  @Flag(help: "Rows with the same source are alternatives, all of them right (sequence to sequence).")
  var alternatives = false
  @OptionGroup(title: "Outputs (sequence to sequence; default in parentheses)") var search: SearchOptionGroup
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  func validate() throws {
    if streams < 1 { throw ValidationError("--streams is \(streams); it must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    try adaptation.check()
    try cache.check()
    if streams > 1, let option = (adaptation.given + cache.given).first {
      throw ValidationError("\(option) reads a text from its start to its end; leave out --streams")
    }
    try columns.check()
    try forecasts.check()
    try backtest.check()
    try search.check()
    if paths.isEmpty && source == nil { throw ValidationError("name a file, or - for standard input") }
    if (source == nil) != (target == nil) { throw ValidationError("--source and --target go together") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let folder = ModelFolder(model)
    let task = try folder.task()
    if task != .forecaster {
      try refuseOptions(forecasts.given + backtest.given, for: "forecasters", folder, holds: "a \(task.rawValue)")
    }
    if task != .sequenceToSequence {
      try refuseOptions(pairOptions, for: "sequence to sequence", folder, holds: "a \(task.rawValue)")
    }
    switch task {
    case .forecaster:
      try refuseOptions(languageModelOptions, for: "language models", folder, holds: "a forecaster")
      try refuseOptions(tokenColumns.given, for: "taggers", folder, holds: "a forecaster")
      try evaluateForecaster(folder)
    case .languageModel:
      try refuseOptions(columns.given, for: "classifiers", folder, holds: "a language model")
      if columns.encoding != nil {
        try refuseOptions(["--encoding"], for: "classifiers and taggers", folder, holds: "a language model")
      }
      try refuseOptions(tokenColumns.given, for: "taggers", folder, holds: "a language model")
      try evaluateLanguageModel(folder)
    case .classifier:
      try refuseOptions(languageModelOptions, for: "language models", folder, holds: "a classifier")
      try refuseOptions(tokenColumns.given, for: "taggers", folder, holds: "a classifier")
      try evaluateClassifier(folder)
    case .tagger:
      try refuseOptions(languageModelOptions, for: "language models", folder, holds: "a tagger")
      try refuseOptions(columns.given, for: "classifiers", folder, holds: "a tagger")
      try evaluateTagger(folder)
    case .sequenceToSequence:
      let holds = "a model of sequence to sequence"
      try refuseOptions(languageModelOptions, for: "language models", folder, holds: holds)
      try refuseOptions(columns.given.filter { $0 != "--format" }, for: "classifiers", folder, holds: holds)
      try refuseOptions(tokenColumns.given, for: "taggers", folder, holds: holds)
      try evaluatePairs(folder)
    }
  }

  private var pairOptions: [String] {
    pairColumns.given + search.given + (source == nil ? [] : ["--source"]) + (alternatives ? ["--alternatives"] : [])
  }

  /// Those that are given.
  private var languageModelOptions: [String] {
    (include.isEmpty ? [] : ["--include"]) + (streams == 1 ? [] : ["--streams"]) + adaptation.given + cache.given
  }
}
