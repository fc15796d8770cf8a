import ArgumentParser
import Recurrent

/// Where things stand in a table.
struct ColumnOptions: ParsableArguments {
  @Option(help: "Column of the texts, by name or number (default: text).") var text: String?
  @Option(help: "Column of the labels, by name or number (default: label).") var label: String?
  @Option(help: "Column that names the sequence that a row of numbers belongs to.") var series: String?
  @Option(help: "Column of the time within a sequence (default: the order of rows).") var time: String?
  @Option(help: "Columns of the numbers, separated by commas (default: all others).") var features: String?
  @Flag(help: "The first row names no columns; they are numbered from 1.") var noHeader = false
  @Option(help: "csv, tsv or jsonl (default: by the file's name).") var format: TableFormat?
  @Option(help: "utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be (default: detected).")
  var encoding: TextEncoding?
  @Option(help: "Stands between the labels of a row.") var separator = ";"

  var columns: ClassifierColumns { over(ClassifierColumns(separator: separator)) }

  /// What is said here, and otherwise what was said at training.
  func over(_ trained: ClassifierColumns) -> ClassifierColumns {
    var columns = trained
    columns.text = text ?? trained.text
    columns.label = label ?? trained.label
    columns.series = series ?? trained.series
    columns.time = time ?? trained.time
    columns.features = features.map { $0.split(separator: ",").map(String.init) } ?? trained.features
    columns.header = noHeader ? false : trained.header
    return columns
  }

  func check() throws {
    if separator.count != 1 { throw ValidationError("--separator is '\(separator)'; it must be one character") }
  }
}

extension TableFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}

extension TextEncoding: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
}
