import ArgumentParser
import Recurrent

/// Where the two texts of a pair stand.
struct PairColumnOptions: ParsableArguments {
  @Option(help: "Column of the sources of a table, by name or number (source or the first, or as at training).")
  var sourceColumn: String?
  @Option(help: "Column of the targets of a table, by name or number (target or the second, or as at training).")
  var targetColumn: String?
  @Flag(help: "The first row of a table names its columns (so it does where one is asked for by name).")
  var header = false

  /// Those that are given.
  var given: [String] {
    [("--source-column", sourceColumn != nil), ("--target-column", targetColumn != nil), ("--header", header)]
      .filter(\.1).map(\.0)
  }

  /// What is said here, and otherwise what was said at training.
  func over(_ trained: PairColumns) -> PairColumns {
    PairColumns(
      source: sourceColumn ?? trained.source, target: targetColumn ?? trained.target, header: header || trained.header)
  }
}

struct PairDataOptions: ParsableArguments {
  @Argument(help: "A table (CSV, TSV or JSON Lines) with a source and a target in each row; - for standard input.")
  var path: String?
  @Option(help: "In the place of a table: a file of sources, one a line.") var source: String?
  @Option(help: "The targets of --source, line by line.") var target: String?
  @OptionGroup var columns: PairColumnOptions
  @Option(help: "csv, tsv or jsonl (default: by the file's name).") var format: TableFormat?
  @Option(help: "utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be (default: detected).")
  var encoding: TextEncoding?
  @Option(
    help: "Held out: a fraction of the pairs (0 for none), a table, or two files of lines with a comma between them.")
  var validation = "0.05"
  @Option(help: "What a token is on both sides: char, byte, word (white space separates) or bpe.")
  var tokenizer: Tokenizer.Kind?
  @Option(help: "The same for sources alone (default: bpe).") var sourceTokenizer: Tokenizer.Kind?
  @Option(help: "The same for targets alone (default: bpe).") var targetTokenizer: Tokenizer.Kind?
  @Flag(help: "Both sides share their tokens and the vectors of these.") var sharedVocabulary = false
  @Option(help: "Words that occur less often become the unknown token.") var minimumCount = 2
  @Option(help: "Most words of a word vocabulary, or tokens of a bpe vocabulary (default: 30,000, and 4,000).")
  var vocabularySize: Int?
  @Flag(help: "Texts become small letters, on both sides.") var lowercase = false
  @Option(help: "Most tokens of a text: longer sources are cut, longer pairs are not trained on.") var maximumLength =
    200

  var sourceKind: Tokenizer.Kind { sourceTokenizer ?? tokenizer ?? .bpe }
  var targetKind: Tokenizer.Kind { targetTokenizer ?? tokenizer ?? .bpe }

  func options(_ kind: Tokenizer.Kind) -> TokenizerOptions {
    let size = vocabularySize ?? (kind == .bpe ? 4_000 : kind == .word ? 30_000 : nil)
    return TokenizerOptions(kind, minimumCount: minimumCount, size: size)
  }

  func check() throws {
    if (source == nil) != (target == nil) {
      throw ValidationError("--source and --target go together, line by line; name both")
    }
    if path != nil && source != nil {
      throw ValidationError("pairs come from a table or from --source and --target, not from both")
    }
    if let fraction = Double(validation), !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation is \(validation); it must be a fraction from 0 to below 1, or files")
    }
    try checkPositive([("minimum-count", minimumCount), ("maximum-length", maximumLength)])
    if sharedVocabulary && sourceKind != targetKind {
      throw ValidationError("--shared-vocabulary needs the same tokenizer on both sides")
    }
    for kind in [sourceKind, targetKind] {
      if let size = vocabularySize, size < (kind == .bpe ? 257 : 3) || size > 1 << 24 {
        throw ValidationError("--vocabulary-size is \(size); that is too small or too large")
      }
    }
  }
}

struct PairModelOptions: ParsableArguments {
  @Option(help: "lstm, gru, elman (tanh), elman-relu, elman-sigmoid, min-gru or min-lstm, on both sides.") var cell =
    CellKind.lstm
  @Option(help: "Another cell for the encoder.") var encoderCell: CellKind?
  @Option(help: "Units of each layer of the decoder.") var hidden = 256
  @Option(
    help: "Units of each layer and direction of the encoder (default: half of --hidden, or all with --unidirectional).")
  var encoderHidden: Int?
  @Option(help: "Recurrent layers of both sides.") var layers = 1
  @Option(help: "Another number of layers for the encoder.") var encoderLayers: Int?
  @Option(help: "Features of the vectors of tokens.") var embedding = 128
  @Flag(help: "The encoder reads forward only.") var unidirectional = false
  @Option(help: "How the decoder looks at the source: dot, general, additive or none.")
  var attention = AttentionChoice.general
  @Flag(help: "The decoder reads, beside each token, what it was about to say before; slower.") var inputFeeding = false
  @Flag(help: "Tokens of the source can be taken over, unknown words as well.") var copy = false
  @Option(help: "Probability of zero on input vectors, between layers and before the output layer.")
  var dropout: Float = 0.2
  @Option(help: Initialisation.help) var initialisation = Initialisation.pytorch

  func configuration(source: Int, target: Int, shared: Bool) -> EncoderDecoderConfiguration {
    EncoderDecoderConfiguration(
      sourceTokens: source, targetTokens: target, shared: shared, embedding: embedding,
      encoderCell: encoderCell ?? cell,
      encoderHidden: encoderHidden ?? (unidirectional ? hidden : max(1, hidden / 2)),
      encoderLayers: encoderLayers ?? layers, bidirectional: !unidirectional, decoderCell: cell, decoderHidden: hidden,
      decoderLayers: layers, attention: attention.method, inputFeeding: inputFeeding, copying: copy, dropout: dropout,
      initialisation: initialisation)
  }
}

enum AttentionChoice: String, ExpressibleByArgument, CaseIterable {
  case dot, general, additive, none

  var method: Attention.Method? { Attention.Method(rawValue: rawValue) }
}

struct PairTrainingOptions: ParsableArguments {
  @Option(help: "Pairs side by side.") var batch = 64
  @Option(help: "Learning rate.") var rate: Float = 0.001
  @Option(help: "Course of the rate; see `rnn train lm --help`.") var schedule = Schedule.cosine(warmup: 100)
  @Option(help: "Limit of the gradient: norm:1, value:5 or none.") var clip = Clipping.norm(1)
  @Option(help: "End after so many epochs without a lower validation loss.") var patience: Int?
  @Option(help: "Part of each target that is shared among all tokens alike.") var labelSmoothing: Float = 0
  @Option(
    help: "Probability with which the decoder reads a token drawn from its own output instead of the true one; slower.")
  var scheduledSampling: Float = 0
  @Option(help: "Updates over which this probability rises from 0.") var samplingWarmup = 1000
  @OptionGroup var update: UpdateOptions

  var options: TrainingOptions {
    TrainingOptions(
      batch: batch, window: 1, budget: update.budget ?? .epochs(20), optimizer: update.optimizer,
      weightDecay: update.weightDecay, rate: rate, schedule: schedule, clipping: clip, precision: update.precision,
      patience: patience, seed: update.seed)
  }

  var decoder: DecoderTraining {
    DecoderTraining(
      labelSmoothing: labelSmoothing, sampling: scheduledSampling, samplingWarmup: samplingWarmup)
  }

  func check() throws {
    try checkPositive([("batch", batch), ("patience", patience)])
    try checkRate(rate)
    try update.check()
    if let flaw = decoder.flaw { throw ValidationError("the options ask for \(flaw)") }
  }
}
