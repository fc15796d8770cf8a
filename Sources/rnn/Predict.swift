import ArgumentParser
import Recurrent
import Tensors

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a model to new data: a JSON object for each record.",
    discussion: """
      Lines of text are UTF-8 unless --encoding says otherwise; blank ones are left out.

      A classifier of texts reads lines of text, or a table: where the file ends in .csv, .tsv, .jsonl or .json, or an \
      option for tables is given. A classifier of numbers reads a table or a .ts file. For each line, and each row or \
      sequence, it prints the text, the label (with several, the labels) and the probabilities.

      A tagger takes each line of text for a sentence, and cuts it into words and punctuation marks; with --tokens or an \
      option for columns (and for files that end in .conll, .conllu, .conllup or .iob) it reads a column file, one token a \
      line, as in training. For each sentence it prints:

        text            the line, or the tokens with a space between them
        tokens, tags    as many of each
        probabilities   of each tag
        entities        type, text; start and end in Unicode scalars, as Python counts characters; start_byte and \
      end_byte in bytes of UTF-8; first_token and end_token, from 0; confidence, the probability that there is an entity \
      of this type with these bounds. All ends are exclusive.

      A forecaster reads a table as in training and prints, for each series, the steps after its last value, each with \
      the interval that it lies in with the probability --level: as a table, or with --json as an object for each step. \
      Columns that are known in advance have to go on in rows after the last value.

      A model of sequence to sequence reads lines of text, or a table as at training, and prints for each the text, the \
      output, its score (the log-probability with the penalties), and with --n-best the best outputs.

      Examples:

        rnn predict models/spam inbox.txt
        echo 'Free entry! Text WIN to 80086' | rnn predict models/spam -
        rnn predict models/spam new.tsv
        rnn predict models/spam other.csv --text message
        rnn predict models/spam inbox.txt --explain
        echo "Ana vive en Buenos Aires." | rnn predict models/names -
        rnn predict models/names test.conll
        rnn predict models/stock stock.csv --plot forecast.svg
        rnn predict models/stock stock.csv --level 0.8 --json
        rnn predict models/g2p words.txt --beam 5 --n-best 3
        rnn predict models/dates dates.txt --match '\\d{4}-\\d{2}-\\d{2}' --plain
      """)

  @Argument(help: "Folder of a model.") var model: String
  @Argument(help: "A file, or - for standard input, which is answered as it comes.") var path = "-"
  @OptionGroup(title: "Tables (classifiers; default: as at training)") var columns: ColumnOptions
  @OptionGroup(title: "Column files (taggers; default: as at training)") var tokenColumns: TokenColumnOptions
  @Flag(help: "The input has one token a line, and blank lines between sentences (taggers).") var tokens = false
  @Flag(help: "Show the weight of each token in the decision, coloured on a terminal (classifiers of texts).")
  var explain = false
  @OptionGroup(title: "Forecasters") var forecasts: ForecastUseOptions
  @Flag(help: "Print a JSON object for each step (forecasters; the others always do for each record).") var json = false
  @OptionGroup(title: "Outputs (sequence to sequence; default in parentheses)") var search: SearchOptionGroup
  @OptionGroup(title: "Display (sequence to sequence)") var output: OutputOptions
  @OptionGroup(title: "Pairs (sequence to sequence; default: as at training)") var pairColumns: PairColumnOptions
  @Option(help: "Write the explanations (with --explain) or heat maps (sequence to sequence) as HTML to this file.")
  var html: String?
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    try columns.check()
    try forecasts.check()
    try search.check()
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let folder = ModelFolder(model)
    let task = try folder.task()
    if task != .forecaster {
      try refuseOptions(forecasts.given, for: "forecasters", folder, holds: "a \(task.rawValue)")
    }
    if task != .sequenceToSequence {
      try refuseOptions(pairOptions, for: "sequence to sequence", folder, holds: "a \(task.rawValue)")
    }
    if html != nil && task != .sequenceToSequence && task != .classifier {
      try refuseOptions(["--html"], for: "classifiers and sequence to sequence", folder, holds: "a \(task.rawValue)")
    }
    switch task {
    case .forecaster:
      try refuseOptions(
        (tokens ? ["--tokens"] : []) + tokenColumns.given, for: "taggers", folder, holds: "a forecaster")
      try refuseOptions(explain ? ["--explain"] : [], for: "classifiers", folder, holds: "a forecaster")
      try predictSteps(folder)
    case .classifier:
      if html != nil && !explain { throw ValidationError("--html is for explanations; add --explain") }
      try refuseOptions(
        (tokens ? ["--tokens"] : []) + tokenColumns.given, for: "taggers", folder, holds: "a classifier")
      try predictClasses(folder)
    case .tagger:
      try refuseOptions((explain ? ["--explain"] : []) + columns.given, for: "classifiers", folder, holds: "a tagger")
      try predictTags(folder)
    case .sequenceToSequence:
      try refuseOptions(
        (tokens ? ["--tokens"] : []) + tokenColumns.given + (explain ? ["--explain"] : [])
          + columns.given.filter { $0 != "--format" }, for: "classifiers and taggers", folder,
        holds: "a model of sequence to sequence")
      try predictOutputs(folder)
    case .languageModel:
      throw CommandError("\(folder.path) holds a language model; use rnn generate, score or evaluate with it")
    }
  }
}

extension Predict {
  /// Those for sequence to sequence that are given.
  private var pairOptions: [String] { search.given + output.given + pairColumns.given }

  /// Lines that are read side by side at most.
  static let most = 512

  /// Calls `body` with the lines of a text, as they come: as many together as are at hand.
  ///
  /// - Parameter blank: lines of white space alone are lines as well.
  func readLines(blank: Bool = false, _ body: ([String]) throws -> Void) throws {
    var waiting: [String] = []
    func take(_ line: String?, more: Bool) throws {
      if let line, blank || !line.unicodeScalars.allSatisfy(\.properties.isWhitespace) { waiting.append(line) }
      guard !more || waiting.count == Self.most else { return }
      try body(waiting)
      waiting.removeAll(keepingCapacity: true)
      if !more { StandardOutput.flush() }
    }
    if let encoding = columns.encoding {
      let file = try TextFile(reading: path, encoding: encoding)
      var lines = file.bytes.split(separator: 10, omittingEmptySubsequences: false)
      if lines.last?.isEmpty == true { lines.removeLast() }
      for line in lines { try take(String(decoding: Self.withoutEnd(line), as: UTF8.self), more: true) }
      return try take(nil, more: false)
    }
    var number = 0
    try Lines.forEach(path) { bytes, more in
      // What comes after the last line's end is no line.
      if bytes.isEmpty { return try take(nil, more: more) }
      number += 1
      var bytes = Self.withoutEnd(bytes[...])
      if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
      guard let line = String(validating: bytes, as: UTF8.self) else {
        throw CommandError("\(path):\(number): this line is not UTF-8; name its encoding with --encoding")
      }
      try take(line, more: more)
    }
  }

  private static func withoutEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    while let last = line.last, last == 10 || last == 13 { line.removeLast() }
    return line
  }
}
