import Foundation
import TestSupport
import Testing

/// Language models that are told something beside the text, by the real program.
@Suite(.timeLimit(.minutes(3))) struct ConditionCommandTests {
  let folder: TemporaryFolder
  let model: String
  let table: String

  init() throws {
    folder = try TemporaryFolder()
    model = "\(folder.path)/model"
    let rows = (0..<80).map { $0 % 2 == 0 ? "Ann\($0 % 10),girl,\($0)\n" : "Bob\($0 % 10),boy,\($0)\n" }
    table = try folder.write(("name,kind,year\n" + rows.joined()).utf8, to: "names.csv")
  }

  private func run(_ arguments: String...) throws -> Program.Result { try Program.run(arguments, folder: folder) }

  @Test func namesComeByTheirKind() throws {
    let made = try run(
      "train", "lm", table, "--text", "name", "--condition", "kind", "--condition-number", "year", "--hidden", "24",
      "--layers", "1", "--rate", "0.02", "--epochs", "25", "--batch", "16", "--dropout", "0", "--out", model)
    #expect(made.status == 0 && made.error.contains("--condition 'boy' --condition '0'"), "\(made.error)")
    for (kind, name) in [("girl", "Ann"), ("boy", "Bob")] {
      let result = try run("generate", model, "--condition", kind, "--condition", "40", "--temperature", "0")
      #expect(result.output.hasPrefix(name) && result.output.filter { $0 == "\n" }.count == 1, "\(result)")
      let best = try run("generate", model, "--condition", kind, "--condition", "40", "--beam", "4", "--n-best", "2")
      #expect(best.output.split(separator: "\n").count == 2 && best.output.contains("\t\(name)"), "\(best)")
    }
    let scores = try run("evaluate", model, table, "--json")
    #expect(scores.output.contains("\"loss_nats\""), "\(scores)")
    for (arguments, message) in [
      (["generate", model], "told kind, year"),
      (["generate", model, "--condition", "girl"], "1 values, and the model is told 2"),
      (["generate", model, "--condition", "x", "--condition", "1"], "(boy, girl)"),
      (["generate", model, "--condition", "boy", "--condition", "x"], "'x' is not a number"),
      (["score", model, table], "told kind, year"),
    ] {
      let result = try Program.run(arguments, folder: folder)
      #expect(result.status == 1 && result.error.contains(message), "\(result.error)")
    }
    #expect(try run("train", "lm", "--resume", "--epochs", "26", "--quiet", "--out", model).status == 0)
  }
}
