import ArgumentParser
import Recurrent
import Tensors

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a model to new data: a JSON object for each record.",
    discussion: """
      A classifier reads lines of text or, where --text names a column, a table; a classifier of numbers reads a table or \
      a .ts file. For each it prints the label (with several, the labels) and the probabilities.

      Examples:

        rnn predict models/spam inbox.txt
        echo 'Free entry! Text WIN to 80086' | rnn predict models/spam -
        rnn predict models/spam new.tsv --text SMS
        rnn predict models/spam inbox.txt --explain
      """)

  @Argument(help: "Folder of a model.") var model: String
  @Argument(help: "A file, or - for standard input.") var path = "-"
  @OptionGroup(title: "Tables") var columns: ColumnOptions
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
    case .languageModel:
      throw CommandError("\(folder.path) holds a language model; use rnn generate, score or evaluate with it")
    }
  }
}
