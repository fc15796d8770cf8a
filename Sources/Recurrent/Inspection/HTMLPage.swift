/// A page of HTML that needs nothing beside itself.
package struct HTMLPage {
  private let title: String
  private var parts: [String] = []

  package init(title: String) { self.title = title }

  package mutating func heading(_ text: String) { parts.append("<h2>\(SVG.escaped(text))</h2>") }

  package mutating func paragraph(_ text: String) { parts.append("<p>\(SVG.escaped(text))</p>") }

  /// - Parameter svg: a drawing, or another piece of HTML.
  package mutating func figure(_ svg: String, caption: String = "") {
    parts.append(
      "<figure>\n\(svg)\(caption.isEmpty ? "" : "<figcaption>\(SVG.escaped(caption))</figcaption>")</figure>")
  }

  /// Drawings beside one another, as far as there is room.
  package mutating func figures(_ drawings: [String]) {
    parts.append("<div class=\"row\">\n\(drawings.map { "<figure>\n\($0)</figure>" }.joined(separator: "\n"))</div>")
  }

  /// - Parameter rows: the first holds the names of the columns; all but the first column are numbers.
  package mutating func table(_ rows: [[String]]) {
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(SVG.escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    guard let head = rows.first else { return }
    parts.append(
      "<div class=\"row\"><table>\n"
        + ([line(head, "th")] + rows.dropFirst().map { line($0, "td") }).joined(separator: "\n")
        + "\n</table></div>")
  }

  /// Names and what they stand for.
  package mutating func properties(_ rows: [(name: String, value: String)]) {
    let lines = rows.map { "<tr><td>\(SVG.escaped($0.name))</td><td>\(SVG.escaped($0.value))</td></tr>" }
    parts.append("<table class=\"properties\">\n\(lines.joined(separator: "\n"))\n</table>")
  }

  /// Commands as they are typed, and what they print; nil for ones that are not run.
  package mutating func commands(_ text: String, output: String? = nil) {
    parts.append("<pre class=\"command\">\(SVG.escaped(text))</pre>")
    if let output { parts.append("<pre class=\"output\">\(SVG.escaped(output))</pre>") }
  }

  package var text: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>\(SVG.escaped(title))</title>
    <style>
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #1e293b; }
    h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; }
    figure { margin: 1em 0; overflow-x: auto; } figcaption { color: #64748b; font-size: .9em; }
    .row { display: flex; flex-wrap: wrap; gap: 1em; overflow-x: auto; }
    svg { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92em; }
    th, td { padding: .25em .9em; border-bottom: 1px solid #e2e8f0; text-align: right; }
    th:first-child, td:first-child { text-align: left; } th { color: #475569; font-weight: 600; }
    .text { font: 15px/1.9 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
      border: 1px solid #e2e8f0; padding: .8em 1em; }
    .properties td { text-align: left; vertical-align: top; overflow-wrap: anywhere; }
    .properties td:first-child { color: #64748b; white-space: nowrap; }
    pre { background: #f1f5f9; padding: .8em 1em; margin: 1em 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
    pre.command { background: #1e293b; color: #f1f5f9; } pre.output { margin-top: 0; }
    .text span { padding: .12em 0; } .key span { padding: .1em .6em; }
    </style></head><body>
    <h1>\(SVG.escaped(title))</h1>

    """ + parts.joined(separator: "\n") + "\n</body></html>\n"
  }
}
