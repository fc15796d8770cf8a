#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A report as a Jupyter notebook (nbformat 4.5), whose cells of code run the commands again.
enum ReportNotebook {
  static func text(_ document: ReportDocument) throws -> String {
    var cells: [Cell] = []
    var prose = ["# \(document.title)"]
    var attachments: [String: [String: String]] = [:]
    func id() -> String { "cell-\(cells.count + 1)" }
    func endProse() {
      guard !prose.isEmpty else { return }
      cells.append(
        Cell(
          type: "markdown", id: id(), source: prose.joined(separator: "\n\n"),
          attachments: attachments.isEmpty ? nil : attachments))
      (prose, attachments) = ([], [:])
    }
    for block in document.blocks {
      switch block {
      case .run(let command, let output):
        endProse()
        cells.append(Cell(type: "code", id: id(), source: "!" + ShellText.command(command), output: output))
      case .commands(let lines):
        endProse()
        cells.append(
          Cell(type: "code", id: id(), source: "%%bash\n" + lines.joined(separator: "\n"), output: nil))
      case .picture(let name, let svg, _):
        attachments[name] = ["image/svg+xml": Data(svg.utf8).base64EncodedString()]
        prose.append(ReportMarkdown.block(block) { "attachment:" + $0 })
      default: prose.append(ReportMarkdown.block(block) { $0 })
      }
    }
    endProse()
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Notebook(cells: cells)), as: UTF8.self) + "\n"
  }

  private struct Notebook: Encodable {
    let nbformat = 4
    let nbformatMinor = 5
    let metadata = Metadata()
    var cells: [Cell]
  }

  private struct Metadata: Encodable {
    let kernelspec = ["display_name": "Python 3", "language": "python", "name": "python3"]
    let languageInfo = ["name": "python"]
  }

  private struct Cell: Encodable {
    var type: String
    var id: String
    var source: String
    var attachments: [String: [String: String]]?
    /// Of a command that was run.
    var output: String?

    private enum CodingKeys: String, CodingKey {
      case id, source, attachments, metadata, outputs, cellType, executionCount
    }

    private struct Stream: Encodable {
      let name = "stdout"
      let outputType = "stream"
      var text: String
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(type, forKey: .cellType)
      try container.encode(id, forKey: .id)
      try container.encode([String: String](), forKey: .metadata)
      try container.encode(source, forKey: .source)
      try container.encodeIfPresent(attachments, forKey: .attachments)
      guard type == "code" else { return }
      try container.encodeNil(forKey: .executionCount)
      try container.encode(output.map { [Stream(text: $0)] } ?? [], forKey: .outputs)
    }
  }
}
