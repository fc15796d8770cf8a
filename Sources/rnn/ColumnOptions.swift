import ArgumentParser
import Recurrent

/// Where things stand in a table.
struct ColumnOptions: ParsableArguments {
  @Option(help: "Column of the texts, by name or number (text, or as at training).") var text: String?
  @Option(help: "Column of the labels, by name or number (label, or as at training).") var label: String?
  @Option(help: "Column that names the sequence that a row of numbers belongs to.") var series: String?
  @Option(help: "Column of the time within a sequence (the order of rows, or as at training).") var time: String?
  @Option(help: "Columns of the numbers, separated by commas (all others, or as at training).") var features: String?
  @Flag(help: "The first row names no columns; they are numbered from 1.") var noHeader = false
  @Option(help: "csv, tsv or jsonl (default: by the file's name).") var format: TableFormat?
  @Option(help: "utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be (default: detected).")
  var encoding: TextEncoding?
  @Option(help: "Stands between the labels of a row (;, or as at training).") var separator: String?

  var columns: ClassifierColumns { over(ClassifierColumns()) }

  /// The options for tables that are given; `--encoding` is for all files.
  var given: [String] {
    let options = [
      ("--text", text != nil), ("--label", label != nil), ("--series", series != nil), ("--time", time != nil),
      ("--features", features != nil), ("--no-header", noHeader), ("--format", format != nil),
      ("--separator", separator != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  /// What is said here, and otherwise what was said at training.
  func over(_ trained: ClassifierColumns) -> ClassifierColumns {
    var columns = trained
    columns.text = text ?? trained.text
    columns.label = label ?? trained.label
    columns.series = series ?? trained.series
    columns.time = time ?? trained.time
    columns.features = features.map { $0.split(separator: ",").map(String.init) } ?? trained.features
    columns.header = noHeader ? false : trained.header
    columns.separator = separator ?? trained.separator
    return columns
  }

  func check() throws {
    if let separator, separator.count != 1 {
      throw ValidationError("--separator is '\(separator)'; it must be one character")
    }
  }
}

extension TableFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}

extension TextEncoding: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}
