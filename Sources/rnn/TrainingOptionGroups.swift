import ArgumentParser
import Recurrent
import Tensors

struct DataOptions: ParsableArguments {
  @Argument(help: "Files, folders, or - for standard input; read one after another.") var paths: [String] = []
  @Option(
    parsing: .singleValue,
    help: "In folders, only files that match this pattern, such as '*.swift'. May be given several times.")
  var include: [String] = []
  @Option(
    name: .customLong("tokenizer"),
    help: """
      What a token is: char (Unicode scalars), byte, word (white space separates; a line's end is a token) or bpe \
      (byte-level byte pairs). Default: char, or byte with --online.
      """)
  var chosenTokenizer: Tokenizer.Kind?
  @Option(help: "Words that occur less often become the unknown token.") var minimumCount = 1
  @Option(help: "Most words of a word vocabulary, or tokens of a bpe vocabulary (default: all, and 1024).")
  var vocabularySize: Int?
  @Option(help: "Text to validate on: a fraction, taken from the end (0 for none), or a file.")
  var validation = "0.1"

  var tokenizer: Tokenizer.Kind { chosenTokenizer ?? .character }
  var validationFraction: Double { Double(validation) ?? 0 }
  var validationPath: String? { Double(validation) == nil ? validation : nil }
  var tokenizerOptions: TokenizerOptions {
    TokenizerOptions(tokenizer, minimumCount: minimumCount, size: vocabularySize)
  }

  func check() throws {
    if let fraction = Double(validation), !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation is \(validation); it must be a fraction from 0 to below 1, or a file")
    }
    if minimumCount < 1 { throw ValidationError("--minimum-count is \(minimumCount); it must be at least 1") }
    if let size = vocabularySize {
      let least = tokenizer == .bpe ? 257 : 3
      if size < least || size > 1 << 24 {
        throw ValidationError("--vocabulary-size is \(size); it must be from \(least) to \(1 << 24)")
      }
    }
  }
}

extension Tokenizer.Kind: ExpressibleByArgument {}

struct ModelOptions: ParsableArguments {
  @Option(help: "lstm, gru, elman (tanh), elman-relu, elman-sigmoid, min-gru or min-lstm.") var cell = CellKind.lstm
  @Option(help: "Units of each layer.") var hidden = 256
  @Option(help: "Recurrent layers.") var layers = 2
  @Option(
    help: "Features of the input vectors; 0 for one-hot (default: 0, or as many as --hidden for word, bpe and --tie).")
  var embedding: Int?
  @Option(
    name: .customLong("dropout"),
    help: """
      Probability of zero on input vectors, between layers and before the output layer (default: 0.2; 0 where --gradient \
      goes forward).
      """)
  var chosenDropout: Float?
  @Flag(help: "One dropout mask for all steps of a window.") var lockedDropout = false
  @Flag(help: "Share the weights of the embedding and the output layer.") var tie = false
  @Option(
    help: """
      Output layer: full, or adaptive for word vocabularies of tens of thousands (Grave et al. 2016): rare words are \
      predicted in clusters, from fewer features the rarer they are, which takes a fraction of the time and memory. \
      adaptive:2000,10000 has the 2,000 most frequent words in full, a cluster of those up to 10,000 and one of the \
      rest; adaptive alone chooses 2,000 and, for large vocabularies, clusters up to five times as many each.
      """)
  var softmax = SoftmaxChoice.full
  @Option(help: Initialisation.help) var initialisation = Initialisation.standard
  @Option(help: "Added to the forget gate's bias of LSTM layers at the start.") var forgetBias: Float = 0
  @OptionGroup var layer: LayerOptionGroup

  /// - Parameters:
  ///   - tokenizer: decides the default embedding.
  ///   - gradient: decides the default dropout.
  func configuration(
    vocabulary: Int, tokenizer: Tokenizer.Kind = .character, gradient: GradientMethod = .bptt
  ) -> LanguageModelConfiguration {
    let embeds = tie || tokenizer == .word || tokenizer == .bpe
    let outputs = layer.projection ?? hidden
    return LanguageModelConfiguration(
      vocabulary: vocabulary, embedding: embedding ?? (embeds ? outputs : 0), cell: cell, hidden: hidden,
      layers: layers, dropout: chosenDropout ?? (gradient == .bptt ? 0.2 : 0), lockedDropout: lockedDropout, tied: tie,
      softmax: softmax.softmax(vocabulary: vocabulary, hidden: outputs), initialisation: initialisation,
      forgetBias: forgetBias, layer: layer.options)
  }
}

/// What recurrent layers do beside their cell.
struct LayerOptionGroup: ParsableArguments {
  @Option(
    help: """
      Probability with which a unit keeps its former output at a step, in training (Krueger et al. 2016); H,C gives the other \
      states of an LSTM one of their own: 0.05,0.5.
      """)
  var zoneout = ZoneoutRates(h: 0, others: 0)
  @Option(
    help:
      "Probability with which a recurrent weight counts as zero for a window, in training (AWD-LSTM, Merity et al. 2017)."
  )
  var weightDrop: Float = 0
  @Option(help: "Features that the output of an LSTM is projected to (Sak et al. 2014; default: none).")
  var projection: Int?
  @Flag(help: "Normalise what the gates get from the input, and from the former output (Ba et al. 2016).")
  var layerNorm = false

  /// nil for layers that are their cell alone.
  var options: LayerOptions? {
    let options = LayerOptions(
      zoneout: zoneout.h, cellZoneout: zoneout.others, weightDrop: weightDrop, projection: projection,
      layerNorm: layerNorm)
    return options == LayerOptions() ? nil : options
  }
}

/// One probability, or two with a comma between.
struct ZoneoutRates: ExpressibleByArgument {
  var h: Float
  var others: Float

  init(h: Float, others: Float) { (self.h, self.others) = (h, others) }

  init?(argument: String) {
    let rates = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard let first = rates.first, let h = first, let last = rates.last, let others = last, rates.count <= 2 else {
      return nil
    }
    self.init(h: h, others: others)
  }

  var defaultValueDescription: String { h == others ? "\(h)" : "\(h),\(others)" }
}

struct TrainingOptionGroup: ParsableArguments {
  @Option(help: "Streams that are trained side by side.") var batch = 32
  @Option(help: "Tokens of one window, after which comes an update: with bptt, gradients flow back this far.")
  var window = 100
  @Option(
    help: """
      How gradients are made: bptt (backpropagation through time, the default), or going forward, in memory that does not \
      grow with the window: rtrl (real-time recurrent learning, exact, one layer), snap1 (sparse approximation), uoro \
      (unbiased, with noise) or rflo (local, with random feedback, one layer).
      """)
  var gradient: GradientMethod?
  @Option(help: "Learning rate, for the loss as the mean over tokens.") var rate: Float = 0.002
  @Option(help: Schedule.help) var schedule = Schedule.cosine(warmup: 100)
  @Option(help: "Limit of the gradient, for the loss as the mean over tokens: norm:5, value:5 or none.")
  var clip = Clipping.norm(1)
  @Option(help: "End after so many epochs without a lower validation loss.") var patience: Int?
  @OptionGroup var update: UpdateOptions

  var options: TrainingOptions {
    TrainingOptions(
      batch: batch, window: window, budget: update.budget ?? .epochs(10), optimizer: update.optimizer,
      weightDecay: update.weightDecay, rate: rate, schedule: schedule, clipping: clip, precision: update.precision,
      patience: patience, seed: update.seed, gradient: gradient ?? .bptt)
  }

  func check() throws {
    try checkPositive([("batch", batch), ("window", window), ("patience", patience)])
    try checkRate(rate)
    try update.check()
  }
}
