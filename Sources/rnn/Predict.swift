import ArgumentParser
import Recurrent
import Tensors

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a model to new data: a JSON object for each record.",
    discussion: """
      A classifier reads lines of text or, where --text names a column, a table; a classifier of numbers reads a table or \
      a .ts file. For each it prints the label (with several, the labels) and the probabilities.

      A tagger takes each line of raw text for a sentence, and cuts it into words and punctuation marks; with --tokens \
      (and for files that end in .conll, .conllu, .conllup or .iob) it reads a column file, one token a line, as in \
      training. For each sentence it prints:

        text            the line, or the tokens with a space between them
        tokens, tags    as many of each
        probabilities   of each tag
        entities        type, text; start and end in Unicode scalars, as Python counts characters; start_byte and \
      end_byte in bytes of UTF-8; first_token and end_token, from 0; confidence, the probability that there is an entity \
      of this type with these bounds. All ends are exclusive.

      Examples:

        rnn predict models/spam inbox.txt
        echo 'Free entry! Text WIN to 80086' | rnn predict models/spam -
        rnn predict models/spam new.tsv --text SMS
        rnn predict models/spam inbox.txt --explain
        echo "Ana vive en Buenos Aires." | rnn predict models/names -
        rnn predict models/names test.conll
      """)

  @Argument(help: "Folder of a model.") var model: String
  @Argument(help: "A file, or - for standard input, which is answered as it comes.") var path = "-"
  @OptionGroup(title: "Tables (classifiers; default: as at training)") var columns: ColumnOptions
  @OptionGroup(title: "Column files (taggers; default: as at training)") var tokenColumns: TokenColumnOptions
  @Flag(help: "The input has one token a line, and blank lines between sentences (taggers).") var tokens = false
  @Flag(help: "Show the weight of each token in the decision, coloured on a terminal (classifiers of texts).")
  var explain = false
  @Option(help: "Write the explanation as a page of HTML to this file.") var html: String?
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    try columns.check()
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let folder = ModelFolder(model)
    switch try folder.task() {
    case .classifier: try predictClasses(folder)
    case .tagger: try predictTags(folder)
    case .languageModel:
      throw CommandError("\(folder.path) holds a language model; use rnn generate, score or evaluate with it")
    }
  }
}
