import ArgumentParser
import Recurrent

/// How column files are read.
struct TokenColumnOptions: ParsableArguments {
  @Option(
    help:
      "Column of the token: a number from 1, or from -1 at the right, or a name of CoNLL-U (the first, or as at training)."
  )
  var tokenColumn: ColumnSelector?
  @Option(help: "Column of the tag, likewise (the last, in CoNLL-U UPOS, or as at training).")
  var tagColumn: ColumnSelector?

  /// Those that are given.
  var given: [String] {
    (tokenColumn == nil ? [] : ["--token-column"]) + (tagColumn == nil ? [] : ["--tag-column"])
  }
}

struct TaggerDataOptions: ParsableArguments {
  @Argument(
    help: "A column file: a token and its tags on each line, blank lines between sentences; - for standard input.")
  var path: String?
  @OptionGroup var columns: TokenColumnOptions
  @Option(help: "utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be (default: detected).")
  var encoding: TextEncoding?
  @Option(help: "iob1, iob2, iobes, bilou, or plain for tags that are no chunks (default: detected).")
  var scheme: TagScheme?
  @Option(help: "Sentences to validate on: a fraction, drawn at random (0 for none), or a file.")
  var validation = "0.1"
  @Option(help: "Words that occur less often become the unknown word.") var minimumCount = 1
  @Option(help: "Word vectors to start from: a word2vec, GloVe or fastText text file. They are trained further.")
  var vectors: String?
  @Option(
    help: """
      A text whose words get the vectors that --vectors has for them, beside those of the training and validation \
      sentences: what the model will meet later.
      """)
  var vectorWords: String?

  var validationFraction: Double? { Double(validation) }

  func check() throws {
    if let fraction = validationFraction, !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation is \(validation); it must be a fraction from 0 to below 1, or a file")
    }
    if minimumCount < 1 { throw ValidationError("--minimum-count is \(minimumCount); it must be at least 1") }
    if vectorWords != nil && vectors == nil { throw ValidationError("--vector-words needs --vectors") }
  }
}

struct TaggerModelOptions: ParsableArguments {
  /// The schemes that a model can be trained in.
  enum TrainScheme: String, ExpressibleByArgument, CaseIterable {
    case iobes, iob2
    var scheme: TagScheme { self == .iobes ? .iobes : .iob2 }
  }

  @OptionGroup var transfer: TransferOptions
  @Option(help: "lstm, gru, elman (tanh), elman-relu, elman-sigmoid, min-gru or min-lstm.") var cell = CellKind.lstm
  @Option(help: "Units of each layer and direction.") var hidden = 100
  @Option(help: "Recurrent layers.") var layers = 1
  @Option(help: "Features of a word's vector (default: 100, or those of --vectors).") var embedding: Int?
  @Option(help: "Features of a character's vector.") var charEmbedding = 25
  @Option(help: "Units of each direction of the layer that reads a word's characters.") var charHidden = 25
  @Flag(inversion: .prefixedNo, help: "Read the characters of words.") var characters = true
  @Option(help: "crf (the best sequence of tags that the scheme allows) or softmax (each tag by itself).")
  var output = TaggerOutput.crf
  @Option(help: "Scheme to train in, whatever the data's: iobes or iob2.") var trainScheme = TrainScheme.iobes
  @Option(help: "Probability of zero on words' vectors, between layers and before the output layer.")
  var dropout: Float = 0.5
  @Flag(inversion: .prefixedNo, help: "One dropout mask for all tokens of a sentence.") var lockedDropout = false
  @Option(
    help: """
      Probability P with which a word that training has once becomes the unknown word; one that it has N times, with \
      P / (P + N (1 - P)).
      """)
  var wordDropout: Float = 0.5

  func check() throws {
    try transfer.check()
    if transfer.from != nil && embedding != nil {
      throw ValidationError("--from brings its own --embedding; leave that out")
    }
    // The vocabulary is not known yet; everything else of the shape is.
    if let flaw = configuration(words: 1, characters: 1, tags: 1, vectors: nil).flaw {
      throw ValidationError("the options ask for \(flaw)")
    }
  }

  /// - Parameters:
  ///   - vectors: features of given word vectors.
  ///   - start: of a language model to start from.
  func configuration(
    words: Int, characters: Int, tags: Int, vectors: Int?, start: LanguageModelConfiguration? = nil
  ) -> TaggerConfiguration {
    TaggerConfiguration(
      words: words, characters: characters, tags: tags, embedding: start?.embedding ?? vectors ?? embedding ?? 100,
      characterEmbedding: self.characters ? charEmbedding : 0, characterHidden: charHidden, cell: start?.cell ?? cell,
      hidden: start?.hidden ?? hidden, layers: start?.layers ?? layers, dropout: dropout, lockedDropout: lockedDropout,
      wordDropout: wordDropout,
      output: output)
  }
}

struct TaggerTrainingOptions: ParsableArguments {
  @Option(help: "Sentences of one update.") var batch = 16
  @Option(help: "Learning rate; the loss is the mean over sentences with crf, over tokens with softmax.")
  var rate: Float = 0.002
  @Option(help: Schedule.help) var schedule = Schedule.cosine(warmup: 0)
  @Option(help: "Limit of the gradient: norm:5, value:5 or none.") var clip = Clipping.norm(5)
  @Option(help: "End after so many epochs without a better score on the validation sentences.") var patience: Int?
  @OptionGroup var update: UpdateOptions

  var options: TrainingOptions {
    TrainingOptions(
      batch: batch, window: 1, budget: update.budget ?? .epochs(30), optimizer: update.optimizer,
      weightDecay: update.weightDecay, rate: rate, schedule: schedule, clipping: clip, precision: update.precision,
      patience: patience, seed: update.seed)
  }

  func check() throws {
    try checkPositive([("batch", batch), ("patience", patience)])
    try checkRate(rate)
    try update.check()
  }
}

extension TagScheme: ExpressibleByArgument {}
extension TaggerOutput: ExpressibleByArgument {}
extension ColumnSelector: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
