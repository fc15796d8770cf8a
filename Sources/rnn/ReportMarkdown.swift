/// A report, or a part of it, in Markdown.
enum ReportMarkdown {
  /// - Parameter picture: what stands for a picture of this name: where it lies.
  static func text(_ document: ReportDocument, picture: (String) -> String) -> String {
    "# \(escaped(document.title))\n\n"
      + document.blocks.map { block($0, picture: picture) }.joined(separator: "\n\n") + "\n"
  }

  static func block(_ block: ReportDocument.Block, picture: (String) -> String) -> String {
    switch block {
    case .heading(let text): "## " + escaped(text)
    case .paragraph(let text): escaped(text)
    case .table(let columns, let rows): table(columns, rows)
    case .properties(let rows): table(["", ""], rows.map { [$0.name, $0.value] })
    case .picture(let name, _, let caption): "![\(escaped(caption))](\(picture(name)))"
    case .run(let command, let output):
      fenced(ShellText.command(command), "sh") + "\n\n" + fenced(output, "")
    case .commands(let lines): fenced(lines.joined(separator: "\n"), "sh")
    }
  }

  private static func table(_ columns: [String], _ rows: [[String]]) -> String {
    ([columns, columns.map { _ in "---" }] + rows.map { $0.map(cell) })
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// A block of text as it is, between more backquotes than it has in a row.
  private static func fenced(_ text: String, _ language: String) -> String {
    let longest = text.split(whereSeparator: { $0 != "`" }).map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)\(language)\n\(text.hasSuffix("\n") ? String(text.dropLast()) : text)\n\(fence)"
  }

  private static func cell(_ text: String) -> String {
    escaped(text).replacing("|", with: "\\|").replacing("\n", with: " ")
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { $0 += "\\`*_<>[]#".contains($1) ? "\\\($1)" : String($1) }
  }
}
