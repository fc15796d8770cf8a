import Foundation
import TestSupport
import Testing

/// Reports of runs, in every form.
@Suite(.timeLimit(.minutes(2))) struct ReportTests {
  let folder: TemporaryFolder
  private var model: String { "\(folder.path)/model" }
  private var out: String { "\(folder.path)/report" }

  init() throws {
    folder = try TemporaryFolder()
    let result = try Program.run(
      TrainingRunTests.arguments(folder, "model", steps: 30) + ["--quiet"], folder: folder)
    #expect(result.status == 0, "\(result.error)")
    let more = try Program.run(
      ["train", "lm", "--resume", "--steps", "40", "--quiet", "--out", "\(folder.path)/model"], folder: folder)
    #expect(more.status == 0, "\(more.error)")
  }

  private func report(_ form: String, _ evaluation: [String] = []) throws -> String {
    let result = try Program.run(["report", model, "--out", "\(out).\(form)"] + evaluation, folder: folder)
    #expect(result.status == 0 && result.output.isEmpty, "\(result.error)")
    return String(decoding: try folder.read("report.\(form)"), as: UTF8.self)
  }

  /// The samples are what the command that stands above them prints, and so is the evaluation.
  @Test func outputsAreThoseOfTheCommands() throws {
    let html = try report("html", ["--", "\(folder.path)/text.txt"])
    for command in [
      ["generate", model, "--length", "400", "--temperature", "0.8", "--seed", "1"],
      ["evaluate", model, "\(folder.path)/text.txt"],
    ] {
      let result = try Program.run(command, folder: folder)
      let shown = result.output.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      #expect(html.contains((["rnn"] + command).joined(separator: " ")), "\(command)")
      #expect(html.contains(shown.prefix { $0 != "\n" }), "\(command): \(shown)")
    }
    #expect(html.contains("<svg") && html.contains("validation") && !html.contains("src="))
  }

  @Test func commandsOfTheRunAreThere() throws {
    let markdown = try report("md")
    #expect(markdown.contains("rnn train lm \(folder.path)/text.txt"))
    #expect(markdown.contains("# then: rnn train lm --resume --steps 40"))
    #expect(markdown.contains("\(folder.path)/text.txt".replacing("_", with: "\\_")))
    // The pictures lie where the text says.
    let names = markdown.matches(of: /\]\((report-[a-z]+\.svg)\)/).map { String($0.output.1) }
    #expect(names == ["report-loss.svg", "report-gradient.svg"])
    for name in names { #expect(try folder.read(name).starts(with: Array("<svg".utf8))) }
  }

  @Test func notebookHasItsForm() throws {
    let text = try report("ipynb", ["--", "\(folder.path)/text.txt"])
    let notebook = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(notebook["nbformat"] as? Int == 4 && notebook["nbformat_minor"] as? Int == 5)
    let cells = try #require(notebook["cells"] as? [[String: Any]])
    let names = cells.compactMap { $0["id"] as? String }
    #expect(names.count == cells.count && Set(names).count == cells.count)
    let code = cells.filter { $0["cell_type"] as? String == "code" }
    #expect(code.count == 5)  // Three samples, the evaluation, and the training.
    for cell in code { #expect(cell["outputs"] is [Any] && cell["execution_count"] is NSNull) }
    #expect(code.allSatisfy { ($0["source"] as? String ?? "").contains("rnn ") })
    let pictures = cells.compactMap { $0["attachments"] as? [String: [String: String]] }.flatMap(\.keys)
    #expect(Set(pictures) == ["loss.svg", "gradient.svg"])
  }

  @Test func wrongUses() throws {
    let unnamed = try Program.run(["report", model, "--out", "\(out).txt"], folder: folder)
    #expect(unnamed.status == 2 && unnamed.error.contains("--format"), "\(unnamed.error)")
    let nothing = try Program.run(["report", "\(folder.path)/none", "--out", "\(out).html"], folder: folder)
    #expect(nothing.status == 1 && nothing.errorLines.count == 1, "\(nothing.error)")
    let missing = try Program.run(
      ["report", model, "--out", "\(out).html", "--", "\(folder.path)/none.txt"], folder: folder)
    #expect(missing.status == 1 && missing.error.contains("none.txt"), "\(missing.error)")
    #expect(!FileManager.default.fileExists(atPath: "\(out).html"))
  }
}
