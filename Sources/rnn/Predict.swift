import ArgumentParser
import Recurrent
import Tensors

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let a tagger read text.",
    discussion: """
      Taggers: each line of raw text is a sentence, which is cut into words and punctuation marks; with --tokens (and for \
      files that end in .conll, .conllu, .conllup or .iob) the input is a column file, one token a line, as in training. \
      Each sentence gives one JSON object on a line:

        text            the line, or the tokens with a space between them
        tokens, tags    as many of each
        probabilities   of each tag
        entities        type, text; start and end in Unicode scalars, as Python counts characters; start_byte and \
      end_byte in bytes of UTF-8; first_token and end_token, from 0; confidence, the probability that there is an entity \
      of this type with these bounds. All ends are exclusive.

      Examples:

        rnn predict models/names article.txt
        echo "Ana vive en Buenos Aires." | rnn predict models/names -
        rnn predict models/names test.conll
      """)

  @Argument(help: "Folder of a model.") var model: String
  @Argument(help: "A file, or - for standard input, which is answered as it comes.") var path = "-"
  @OptionGroup var columns: ColumnOptions
  @Flag(help: "The input has one token a line, and blank lines between sentences (taggers).") var tokens = false
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let folder = ModelFolder(model)
    switch try folder.task() {
    case .tagger: try predictTags(folder)
    case .languageModel:
      throw CommandError("\(model) holds a language-model; rnn generate \(model) and rnn score \(model) use it")
    }
  }
}
