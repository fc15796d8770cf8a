import Foundation
import TestSupport
import Testing

/// Classifiers by the real program: what is printed for each record, and which options are refused.
@Suite(.timeLimit(.minutes(3))) struct ClassifierCommandTests {
  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = "\(folder.path)/model"
  }

  /// The messages of the example.
  static let messages =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Examples/Sources/SpamFilter/messages.tsv"

  static let small = ["--hidden", "4", "--embedding", "4", "--steps", "2", "--quiet"]

  private func run(_ arguments: [String], input: String? = nil) throws -> Program.Result {
    try Program.run(arguments, input: input, folder: folder)
  }

  private func trainClassifier(_ more: String...) throws {
    let made = try run(
      ["train", "classifier", Self.messages, "--text", "text", "--out", model] + Self.small + more)
    #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
  }

  private func predict(_ more: String..., input: String? = nil) throws -> [[String: Any]] {
    let result = try run(["predict", model] + more, input: input)
    #expect(result.status == 0, "\(result.error)")
    return try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func bytesAreNeverUnknown() throws {
    let refused = try run(
      ["train", "classifier", Self.messages, "--out", model, "--tokenizer", "byte", "--token-dropout", "0.1"]
        + Self.small)
    #expect(refused.status == 1 && refused.error.contains("--token-dropout"), "\(refused.error)")
    #expect(!FileManager.default.fileExists(atPath: model))
    try trainClassifier("--token-dropout", "0.1")
  }

  /// While the loss falls, patience does not run out because the score stands still.
  @Test func defaultsLearnFromASmallTable() throws {
    let made = try run(["train", "classifier", Self.messages, "--out", model])
    #expect(made.status == 0, "\(made.error)")
    let evaluated = try run(["evaluate", model, Self.messages, "--json"])
    let scores = try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any]
    #expect(scores?["f1_macro"] as? Double ?? 0 > 0.9, "\(evaluated.output) \(made.error)")
  }

  /// A byte order mark, carriage returns and blank lines are no part of a text.
  @Test func everyRecordHasItsText() throws {
    try trainClassifier()
    let lines = try predict(input: "\u{FEFF}Free entry!\r\n\n \t\r\nSee you \"soon\"")
    #expect(lines.map { $0["text"] as? String } == ["Free entry!", "See you \"soon\""])
    #expect(lines.allSatisfy { $0["label"] is String && $0["probabilities"] is [String: Double] })
    let explained = try predict("--explain", input: "\nFree entry!\n")
    #expect(explained.map { $0["text"] as? String } == ["Free entry!"])
    // Rows are records even where their text is blank.
    let table = try folder.write("text\tplace\nFree entry!\there\n \tthere\n".utf8, to: "new.tsv")
    #expect(try predict(table, "--text", "1").map { $0["text"] as? String } == ["Free entry!", " "])
    let bad = try folder.write([0x61, 0xFF, 0x0A], to: "bad.txt")
    let refused = try run(["predict", model, bad])
    #expect(refused.status == 1 && refused.error.contains("bad.txt:1"), "\(refused.error)")
    #expect(try predict(bad, "--encoding", "latin-1").map { $0["text"] as? String } == ["aÿ"])
  }

  @Test(arguments: ["csv", "tsv", "jsonl", "json", "txt"]) func tablesAreReadAsAtTraining(_ ending: String) throws {
    let rows = try folder.write("SMS,Label\na b,x\nb c,y\nc d,x\nd e,y\n".utf8, to: "train.csv")
    let made = try run(
      ["train", "classifier", rows, "--text", "SMS", "--label", "Label", "--validation", "0", "--out", model]
        + Self.small)
    #expect(made.status == 0, "\(made.error)")
    let text =
      switch ending {
      case "csv": "id,SMS\n1,a b\n2,c d\n"
      case "tsv": "id\tSMS\n1\ta b\n2\tc d\n"
      case "txt": "a b\nc d\n"
      default: "{\"id\": 1, \"SMS\": \"a b\"}\n{\"id\": 2, \"SMS\": \"c d\"}\n"
      }
    let path = try folder.write(text.utf8, to: "new.\(ending)")
    #expect(try predict(path).map { $0["text"] as? String } == ["a b", "c d"])
    #expect(try predict(path, "--explain").map { $0["text"] as? String } == ["a b", "c d"])
    // From a pipe they are lines.
    #expect(try predict("-", input: "SMS\na b\n").count == 2)
  }

  @Test func separatorsAreThoseOfTraining() throws {
    let rows = try folder.write("text,label\na b,x|y\nb c,y\nc d,x\nd e,y|x\n".utf8, to: "train.csv")
    let made = try run(
      ["train", "classifier", rows, "--multi-label", "--separator", "|", "--validation", "0", "--out", model]
        + Self.small)
    #expect(made.status == 0, "\(made.error)")
    #expect(try run(["evaluate", model, rows]).status == 0)
    let other = try folder.write("text,label\na b,x/y\n".utf8, to: "other.csv")
    #expect(try run(["evaluate", model, other]).status == 1)
    #expect(try run(["evaluate", model, other, "--separator", "/"]).status == 0)
  }

  @Test func optionsForOtherModelsAreRefused() throws {
    try trainClassifier()
    for (arguments, message) in [
      (["predict", model, "--tokens"], "--tokens is for taggers"),
      (["predict", model, "--token-column", "2"], "--token-column is for taggers"),
      (["predict", model, "--html", model + ".html"], "add --explain"),
      (["evaluate", model, Self.messages, "--streams", "4"], "--streams is for language models"),
      (["evaluate", model, Self.messages, "--include", "*.txt"], "--include is for language models"),
      (["evaluate", model, Self.messages, "--tag-column", "2"], "--tag-column is for taggers"),
    ] {
      let result = try run(arguments, input: "Free entry!\n")
      #expect(result.status == 2 && result.error.contains(message), "\(arguments) \(result.status) \(result.error)")
      #expect(result.output.isEmpty)
    }
    let series = (0..<12).map { "\($0 / 2),\($0 % 2),\($0 / 2 % 2 == 0 ? "x" : "y")\n" }.joined()
    let table = try folder.write(("run,a,label\n" + series).utf8, to: "series.csv")
    let numbers = "\(folder.path)/numbers"
    let made = try run(
      ["train", "classifier", table, "--series", "run", "--label", "label", "--validation", "0", "--out", numbers]
        + Self.small)
    #expect(made.status == 0, "\(made.error)")
    let result = try run(["predict", numbers, table, "--explain"])
    #expect(result.status == 2 && result.error.contains("--explain is for classifiers of texts"), "\(result.error)")
    let predicted = try run(["predict", numbers, table])
    #expect(
      predicted.status == 0 && predicted.output.split(separator: "\n").count == 6 && !predicted.output.contains("text"))
  }
}
