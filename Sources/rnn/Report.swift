import ArgumentParser
import Recurrent

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write down a run: data, settings, curves, samples or scores, machine, and the commands that repeat it.",
    discussion: """
      The form goes by the name of --out: a page (.html) or a notebook (.ipynb) in one file, or Markdown (.md) with its \
      pictures beside it. The cells of the notebook run the commands of the report again, wherever rnn is installed.

      What stands after -- is what `rnn evaluate` is to be told, and its answer comes into the report.

      Examples:

        rnn report models/bard --out bard.html
        rnn report models/bard --out bard.ipynb -- other.txt
        rnn report models/spam --out spam.md -- test.tsv --text SMS --label Label
        rnn report models/translate --out translate.html -- --source test.de --target test.en
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case html, ipynb, md }

  @Argument(help: "Folder of a model.") var model: String
  @Option(help: "The file to write; one that is there is replaced.") var out: String
  @Option(help: "html, ipynb or md (default: by the name of --out).") var format: Format?
  @Argument(parsing: .postTerminator, help: "Files and options of rnn evaluate.") var evaluation: [String] = []

  func validate() throws {
    if format == nil && named == nil {
      throw ValidationError(
        "--out is \(out), whose end names no form; end it with .html, .ipynb or .md, or add --format")
    }
  }

  private var named: Format? { Format.allCases.first { out.hasSuffix("." + $0.rawValue) } }

  func run() throws {
    let document = try RunReport(ModelFolder(model)).document(evaluation: evaluation)
    switch format ?? named {
    case .html: try write(ReportHTML.text(document), to: out)
    case .ipynb: try write(ReportNotebook.text(document), to: out)
    case .md, nil:
      let stem = out.hasSuffix(".md") ? String(out.dropLast(3)) : out
      func place(_ name: String) -> String { "\(stem)-\(name)" }
      for case .picture(let name, let svg, _) in document.blocks { try write(svg, to: place(name)) }
      try write(
        ReportMarkdown.text(document) { String(place($0).split(separator: "/").last ?? "") }, to: out)
    }
    StandardError.line("The report is in \(out).")
  }

  private func write(_ text: String, to path: String) throws { try AtomicFile.write(Array(text.utf8), to: path) }
}
