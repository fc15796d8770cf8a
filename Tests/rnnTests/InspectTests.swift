import Foundation
import TestSupport
import Testing

/// What `rnn inspect` prints and draws, and how it refuses.
@Suite(.timeLimit(.minutes(3))) struct InspectTests {
  let folder: TemporaryFolder
  let model: String
  let text: String

  init() throws {
    folder = try TemporaryFolder()
    text = try folder.write(sampleText(words: 300, seed: 8).utf8, to: "text.txt")
    model = "\(folder.path)/model"
    let result = try Program.run(
      [
        "train", "lm", text, "--hidden", "12", "--layers", "2", "--batch", "4", "--window", "20", "--steps", "3",
        "--quiet", "--out", model,
      ], folder: folder)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    let result = try Program.run(["inspect"] + arguments, folder: folder)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    #expect(!result.output.contains("\u{1B}"))
    return result
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func file(_ name: String) throws -> String { String(decoding: try folder.read(name), as: UTF8.self) }

  @Test func gradientsAreMeasuredAndDrawn() throws {
    let keys = try object(
      run("gradient", model, "--text", text, "--steps", "7", "--positions", "5", "--json").output)
    #expect(keys["steps"] as? Int == 7 && keys["positions"] as? Int == 5 && keys["loss_nats"] is Double)
    let norms = try #require(keys["gradient_norms"] as? [[String: Any]])
    #expect(norms.map { "\($0["layer"] ?? "")\($0["state"] ?? "")" } == ["0h", "0c", "1h", "1c"])
    for curve in norms {
      for key in ["median", "lower_quartile", "upper_quartile"] {
        #expect((curve[key] as? [Double])?.count == 8, "\(key)")
      }
    }
    let spectra = try #require(keys["singular_values"] as? [[String: Any]])
    #expect(spectra.count == 2 && (spectra[1]["values"] as? [Double])?.count == 24)
    for key in ["largest", "median", "smallest", "share_above_one"] {
      #expect(spectra[0][key] is Double, "\(key)")
    }
    for name in ["g.svg", "g.html"] {
      let shown = try run("gradient", model, "--text", text, "--steps", "7", "--plot", "\(folder.path)/\(name)")
      #expect(shown.output.contains("steps back, k") && shown.output.contains("layer 1, c"))
      #expect(try file(name).contains(name.hasSuffix("svg") ? "<svg" : "<!DOCTYPE html>"))
    }
  }

  @Test func cellsAreCompared() throws {
    let page = "\(folder.path)/c.html"
    let result = try run(
      "gradient", "--compare", "--text", text, "--steps", "6", "--hidden", "8", "--train-steps", "2", "--plot", page,
      "--json")
    let list = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(list.map { $0["model"] as? String } == ["Elman, sigmoid", "Elman, tanh", "GRU", "LSTM"])
    #expect(list.allSatisfy { $0["initial"] is [String: Any] && $0["trained"] is [String: Any] })
    #expect(try file("c.html").contains("After training"))
    // A pipe is read once.
    let piped = try Program.run(
      [
        "inspect", "gradient", "--compare", "--text", "-", "--steps", "6", "--hidden", "8", "--train-steps", "2",
        "--json",
      ],
      input: sampleText(words: 300, seed: 8), folder: folder)
    #expect(piped.output == result.output, "\(piped.error)")
    let named = try run("gradient", model, model, "--compare", "--text", text, "--steps", "6")
    #expect(named.output.contains("As trained") && !named.output.contains("After training"))
  }

  @Test func statesAreColouredScoredAndAblated() throws {
    let arguments = [
      "states", model, "--text", text, "--property", "[a-z]+,", "--layer", "1", "--ablate", "3", "--ablate", "0",
    ]
    let json = try Program.run(["inspect"] + arguments + ["--json"], folder: folder)
    let keys = try object(json.output)
    #expect(
      keys["property"] as? String == "in a match of [a-z]+," && keys["measure"] as? String == "area under the curve")
    let best = try #require(keys["best"] as? [[String: Any]])
    #expect(best.count == 8 && best.allSatisfy { $0["layer"] as? Int == 1 })
    let scores = best.compactMap { $0["first_half"] as? Double }
    #expect(scores == scores.sorted(by: >) && scores.allSatisfy { $0 >= 0.5 && $0 <= 1 })
    #expect(best.allSatisfy { $0["second_half"] is Double && $0["inverted"] is Bool && $0["state"] is String })
    let ablations = try #require(keys["ablations"] as? [[String: Any]])
    #expect(ablations.map { $0["unit"] as? Int } == [3, 0])
    for key in ["loss_nats", "change_nats", "change_where_it_holds", "change_elsewhere"] {
      #expect(ablations[0][key] is Double, "\(key)")
    }
    #expect((keys["gates"] as? [[String: Any]])?.count == 6)
    #expect((keys["pieces"] as? [String])?.count == (keys["activations"] as? [Double])?.count)
    let shown = try Program.run(
      ["inspect"] + arguments + ["--html", "\(folder.path)/s.html", "--svg", "\(folder.path)/s.svg"], folder: folder)
    #expect(shown.status == 0 && shown.output.contains("where it holds") && shown.output.contains("layer 1, unit 3"))
    let page = try file("s.html")
    for part in ["forget gate", "two dimensions", "held at zero", "class=\"text\"", "second half"] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(try file("s.svg").contains("<svg"))
  }

  @Test func aUnitMayBeNamed() throws {
    let result = try run("states", model, "--text", text, "--layer", "0", "--unit", "5", "--state", "c")
    #expect(result.output.hasPrefix("layer 0, c[5] (-1: its 5 % quantile, 1: its 95 % quantile)\n"))
  }

  @Test func informationIsAHeatMap() throws {
    let result = try run(
      "information", model, "--text", "the sea", "--html", "\(folder.path)/i.html", "--svg", "\(folder.path)/i.svg")
    #expect(result.output.split(separator: "\n").count == 1 + 7 + 1)
    #expect(try file("i.html").contains("steps back") && file("i.svg").contains("state after this token"))
    let keys = try object(run("information", model, "--text", "the sea", "--json").output)
    #expect(keys["tokens"] as? [String] == ["t", "h", "e", " ", "s", "e", "a"])
    #expect((keys["norms"] as? [[Double]])?.map(\.count) == Array(1...7))
    #expect((keys["mean_by_distance"] as? [Double])?.count == 7)
  }

  @Test func activationsAreDrawn() throws {
    let result = try run("activations", "--plot", "\(folder.path)/a.svg")
    #expect(result.output.contains("at most 0.25") && result.output.contains("ReLU"))
    #expect(try file("a.svg").contains("at most 0.25"))
  }

  static let states = ["states", "DIR/model", "--text", "DIR/text.txt"]

  /// Arguments, the exit code, and what the message says.
  static let refusals: [([String], Int32, String)] = [
    (["gradient", "DIR/model", "--text", "DIR/none.txt"], 1, "no such file"),
    (["gradient", "DIR/model", "--text", "DIR/empty.txt"], 1, "no text"),
    (["gradient", "DIR/none", "--text", "DIR/text.txt"], 1, "no such file"),
    (["gradient", "DIR/model", "--text", "DIR/short.txt"], 1, "102 at least"),
    (["gradient", "--text", "DIR/text.txt"], 2, "--compare"),
    (["gradient", "DIR/model", "--compare", "--text", "DIR/text.txt"], 2, "--compare"),
    (["gradient", "DIR/model", "--text", "DIR/text.txt", "--steps", "0"], 2, "--steps"),
    (["gradient", "DIR/model", "--text", "DIR/text.txt", "--plot", "a.png"], 2, "a.png"),
    (["gradient", "--compare", "--text", "DIR/text.txt", "--hidden", "9999999"], 2, "9999999 hidden units"),
    (states, 2, "--property"),
    (states + ["--property", "("], 1, "not closed"),
    (states + ["--property", "quotes"], 1, "'inside quotes' holds nowhere"),
    (states + ["--property", "position", "--layer", "2"], 1, "layers 0 to 1"),
    (states + ["--unit", "12"], 1, "units 0 to 11"),
    (states + ["--unit", "1", "--state", "z"], 1, "it has h and c"),
    (states + ["--property", "position", "--state", "h"], 2, "--unit"),
    (states + ["--ablate", "12"], 1, "no unit 12"),
    (["states", "DIR/model", "--text", "DIR/empty.txt", "--unit", "1"], 1, "no text"),
    (["states", "DIR/model", "--text", "DIR/tiny.txt", "--unit", "1"], 1, "4 at least"),
    (["information", "DIR/model", "--text", ""], 1, "1 at least"),
    (["information", "DIR/model", "--text", String(repeating: "a", count: 201)], 1, "200 are the most"),
    (["information", "DIR/model", "--text", "Ω"], 1, "U+3A9"),
    (["activations", "--plot", "a.html"], 2, ".svg"),
  ]

  @Test(arguments: refusals) func badInputIsRefused(_ arguments: [String], _ status: Int32, _ message: String) throws {
    try folder.write([], to: "empty.txt")
    try folder.write("a sea".utf8, to: "short.txt")
    try folder.write("a".utf8, to: "tiny.txt")
    let result = try Program.run(
      ["inspect"] + arguments.map { $0.replacingOccurrences(of: "DIR", with: folder.path) }, folder: folder)
    #expect(result.status == status, "\(result.error)")
    #expect(result.error.contains(message), "\(result.error)")
    if status == 1 { #expect(result.errorLines.count == 1, "\(result.error)") }
    #expect(result.output.isEmpty)
  }
}
