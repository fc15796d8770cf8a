import Recurrent

/// A report as one page that needs no other file.
enum ReportHTML {
  static func text(_ document: ReportDocument) -> String {
    var page = HTMLPage(title: document.title)
    for block in document.blocks {
      switch block {
      case .heading(let text): page.heading(text)
      case .paragraph(let text): page.paragraph(text)
      case .table(let columns, let rows): page.table([columns] + rows)
      case .properties(let rows): page.properties(rows)
      case .picture(_, let svg, let caption): page.figure(svg, caption: caption)
      case .run(let command, let output): page.commands(ShellText.command(command), output: output)
      case .commands(let lines): page.commands(lines.joined(separator: "\n"))
      }
    }
    return page.text
  }
}
