/// A report as one page that needs no other file.
enum ReportHTML {
  static func text(_ document: ReportDocument) -> String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><title>\(escaped(document.title))</title>
    <meta name="viewport" content="width=device-width">
    <style>
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 56em; margin: 2em auto; padding: 0 1em; color: #1e293b; }
    h1 { font-size: 1.7em; } h2 { margin-top: 2em; border-bottom: 1px solid #e2e8f0; }
    table { border-collapse: collapse; margin: 1em 0; } th, td { text-align: left; vertical-align: top; padding: .2em 1em .2em 0; }
    th { border-bottom: 1px solid #94a3b8; } td { border-bottom: 1px solid #e2e8f0; overflow-wrap: anywhere; }
    table.properties td:first-child { color: #64748b; white-space: nowrap; }
    pre { background: #f1f5f9; padding: .8em 1em; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
    pre.command { background: #1e293b; color: #f1f5f9; margin-bottom: 0; } pre.command + pre.output { margin-top: 0; }
    figure { margin: 1.5em 0; } figure svg { max-width: 100%; height: auto; } figcaption { color: #64748b; }
    </style></head><body>
    <h1>\(escaped(document.title))</h1>
    \(document.blocks.map(block).joined(separator: "\n"))
    </body></html>

    """
  }

  private static func block(_ block: ReportDocument.Block) -> String {
    switch block {
    case .heading(let text, let level): "<h\(level)>\(escaped(text))</h\(level)>"
    case .paragraph(let text): "<p>\(escaped(text))</p>"
    case .table(let columns, let rows): table(columns, rows)
    case .picture(_, let svg, let caption): "<figure>\n\(svg)<figcaption>\(escaped(caption))</figcaption></figure>"
    case .run(let command, let output):
      "<pre class=\"command\">\(escaped(ShellText.command(command)))</pre>\n<pre class=\"output\">\(escaped(output))</pre>"
    case .commands(let lines): "<pre class=\"command\">\(escaped(lines.joined(separator: "\n")))</pre>"
    }
  }

  private static func table(_ columns: [String], _ rows: [[String]]) -> String {
    let named = columns.contains { !$0.isEmpty }
    let head = named ? "<tr>" + columns.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>\n" : ""
    let body = rows.map { "<tr>" + $0.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>" }.joined(separator: "\n")
    return "<table\(named ? "" : " class=\"properties\"")>\n\(head)\(body)\n</table>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
