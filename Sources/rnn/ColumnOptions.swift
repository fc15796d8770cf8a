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
  @Option(help: "csv, tsv or jsonl (default: by the file's name).") var format: String?
  @Option(help: "utf-8, latin-1, windows-1252 or utf-16 (default: found out).") var encoding: String?
  @Option(help: "Stands between the labels of a row.") var separator = ";"

  var tableFormat: TableFormat? { format.flatMap { TableFormat(name: $0) } }
  var textEncoding: TextEncoding? { encoding.flatMap { TextEncoding(name: $0) } }

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
    if let format, TableFormat(name: format) == nil {
      throw ValidationError("--format is \(format); it must be csv, tsv or jsonl")
    }
    if let encoding, TextEncoding(name: encoding) == nil {
      throw ValidationError("--encoding is \(encoding); it must be utf-8, latin-1, windows-1252 or utf-16")
    }
    if separator.count != 1 { throw ValidationError("--separator is '\(separator)'; it must be one character") }
  }
}
