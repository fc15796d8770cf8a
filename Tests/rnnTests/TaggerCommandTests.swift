import Foundation
import TestSupport
import Testing

/// Taggers by the real program: training, evaluation, prediction, and how bad input is refused.
@Suite(.timeLimit(.minutes(3))) struct TaggerCommandTests {
  let folder: TemporaryFolder
  let train: String
  let test: String
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    train = try folder.write(sampleColumns(sentences: 150, seed: 1).utf8, to: "train.conll")
    test = try folder.write(sampleColumns(sentences: 50, seed: 2).utf8, to: "test.conll")
    model = "\(folder.path)/model"
  }

  static let small = [
    "--embedding", "12", "--char-embedding", "8", "--char-hidden", "8", "--hidden", "16", "--rate", "0.01",
  ]

  private func run(_ arguments: [String], input: String? = nil) throws -> Program.Result {
    try Program.run(arguments, input: input, folder: folder)
  }

  private func trainTagger(_ more: String...) throws -> Program.Result {
    try run(["train", "tagger", train, "--out", model] + Self.small + more)
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func fromTrainingToPrediction() throws {
    let made = try trainTagger("--validation", test, "--epochs", "25")
    #expect(made.status == 0 && made.output.isEmpty && made.error.contains("F1"), "\(made.error)")

    let evaluated = try run(["evaluate", model, test, "--json"])
    let scores = try #require(try objects(evaluated.output).first)
    for key in ["token_accuracy", "precision", "recall", "f1"] {
      #expect((scores[key] as? Double ?? 0) > 0.9, "\(key): \(scores)")
    }
    let types = try #require(scores["per_type"] as? [String: [String: Any]])
    #expect(Set(types.keys) == ["LOC", "ORG", "PER"] && types["PER"]?["support"] as? Int == 50)
    let table = try run(["evaluate", model, test])
    #expect(table.output.contains("token accuracy") && table.output.contains("PER"), "\(table.output)")

    // Offsets: in scalars and in bytes, which é tells apart; a carriage return and an empty line are no tokens.
    let text = "— Súta Lenka lives in Mikané.\r\n\nRoka sleeps a lot."
    let predicted = try run(["predict", model, "-"], input: text)
    let lines = try objects(predicted.output)
    #expect(predicted.status == 0 && lines.count == 2, "\(predicted.error)")
    #expect(lines[0]["tokens"] as? [String] == ["—", "Súta", "Lenka", "lives", "in", "Mikané", "."])
    #expect((lines[0]["tags"] as? [String])?.count == 7 && (lines[0]["probabilities"] as? [Double])?.count == 7)
    let entities = try #require(lines[0]["entities"] as? [[String: Any]])
    let place = try #require(entities.first { $0["type"] as? String == "LOC" }, "\(entities)")
    #expect(place["text"] as? String == "Mikané" && place["start"] as? Int == 22 && place["end"] as? Int == 28)
    #expect(place["start_byte"] as? Int == 25 && place["end_byte"] as? Int == 32)
    #expect(place["first_token"] as? Int == 5 && place["end_token"] as? Int == 6)
    let confidence = try #require(place["confidence"] as? Double)
    #expect(confidence > 0 && confidence <= 1)

    // One token a line gives what the same tokens give in a line, by option, by ending and in another encoding.
    let columns = "Súta\nlives\nin\nMikané\n.\n\nRoka\nsleeps\n"
    let expected = try run(["predict", model, "-"], input: "Súta lives in Mikané .\nRoka sleeps\n").output
    #expect(try objects(expected).count == 2)
    #expect(try run(["predict", model, "--tokens"], input: columns).output == expected)
    #expect(try run(["predict", model, "--token-column", "1"], input: columns).output == expected)
    let file = try folder.write(columns.unicodeScalars.map { UInt8($0.value) }, to: "latin.conll")
    #expect(try run(["predict", model, file, "--encoding", "latin-1", "--threads", "1"]).output == expected)
  }

  /// A constant rate, as the course of others depends on the end of the run.
  @Test func stoppedAndResumedGivesTheSame() throws {
    func start(_ name: String, steps: Int, threads: Int) throws -> Program.Result {
      try run(
        ["train", "tagger", train, "--out", "\(folder.path)/\(name)", "--steps", "\(steps)", "--threads", "\(threads)"]
          + ["--schedule", "constant", "--validation", "0", "--quiet"] + Self.small)
    }
    let whole = try start("whole", steps: 9, threads: 1)
    let part = try start("part", steps: 4, threads: 2)
    #expect(whole.status == 0 && part.status == 0 && whole.error.isEmpty && part.error.isEmpty)
    #expect(try folder.read("whole/model.safetensors") != folder.read("part/model.safetensors"))
    let resumed = try run(["train", "tagger", "--resume", "--out", "\(folder.path)/part", "--steps", "9"])
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(try folder.read("whole/model.safetensors") == folder.read("part/model.safetensors"))
  }

  /// Every output, cell and scheme by its option, and columns that are named once.
  @Test(arguments: [
    ["--output", "softmax", "--cell", "gru", "--no-characters", "--validation", "0"],
    ["--scheme", "iobes", "--train-scheme", "iob2", "--layers", "2", "--locked-dropout", "--minimum-count", "2"],
    ["--scheme", "plain", "--tag-column", "2", "--token-column", "1", "--validation", "0.2", "--word-dropout", "0"],
  ])
  func everyOptionWorks(_ options: [String]) throws {
    let made = try run(["train", "tagger", train, "--out", model, "--steps", "3", "--quiet"] + Self.small + options)
    #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
    #expect(try run(["evaluate", model, test, "--json"]).status == 0)
    #expect(try run(["predict", model, test]).output.split(separator: "\n").count == 50)
  }

  @Test func vectorsSetTheEmbedding() throws {
    let vectors = try folder.write("lives 1 2 3\nin 4 5 6\nelsewhere 7 8 9\n".utf8, to: "vectors.txt")
    let words = try folder.write("Elsewhere!".utf8, to: "words.txt")
    let made = try run([
      "train", "tagger", train, "--out", model, "--steps", "1", "--vectors", vectors, "--vector-words", words,
    ])
    #expect(made.status == 0 && made.error.contains("3 words with vectors"), "\(made.error)")
    #expect(String(decoding: try folder.read("model/vocabulary.json"), as: UTF8.self).contains("elsewhere"))
    let other = try run(
      ["train", "tagger", train, "--out", "\(folder.path)/b", "--vectors", vectors, "--embedding", "5"])
    #expect(other.status == 1 && other.errorLines.count == 1 && other.error.contains("make the model's embedding 3"))
    #expect(!folder.names.contains("b"))
  }

  /// One line, what and where, and no folder left behind.
  @Test func badInputIsRefused() throws {
    let empty = try folder.write([], to: "empty.conll")
    let uneven = try folder.write("a O\nb\n".utf8, to: "uneven.conll")
    let binary = try folder.write([0x61, 0x20, 0xFF, 0xFE, 0x0A], to: "binary.conll")
    let long = try folder.write(String(repeating: "a O\n", count: 5000).utf8, to: "long.conll")
    let single = try folder.write("a B-X\n".utf8, to: "single.conll")
    for (arguments, text) in [
      ([empty], "empty.conll"), ([uneven], "uneven.conll:2"), ([binary, "--encoding", "utf-8"], "binary.conll:1"),
      (["\(folder.path)/missing.conll"], "missing.conll"), ([long], "long.conll:1"), ([single], "too few"),
      ([train, "--tag-column", "7"], "no column 7"), ([train, "--validation", "\(folder.path)/none"], "none"),
      ([train, "--vectors", empty], "empty.conll"),
    ] {
      let result = try run(["train", "tagger", "--quiet", "--out", model] + arguments)
      #expect(result.status == 1 && result.errorLines.count == 1, "\(arguments) \(result.status) \(result.error)")
      #expect(result.error.contains(text), "\(result.error)")
      #expect(!folder.names.contains("model"))
    }
    for wrong in [["--train-scheme", "plain"], ["--dropout", "1"], ["--validation", "1"], ["--vector-words", "x"]] {
      #expect(try run(["train", "tagger", train, "--out", model] + wrong).status == 2)
    }
  }

  @Test func modelsOfOtherTasksAreRefused() throws {
    let made = try trainTagger("--steps", "1", "--quiet")
    #expect(made.status == 0, "\(made.error)")
    for arguments in [["generate", model], ["score", model, train]] {
      let result = try run(arguments)
      #expect(result.status == 1 && result.errorLines.count == 1 && result.error.contains("holds a tagger"))
    }
    for (arguments, option) in [
      (["predict", model, test, "--explain"], "--explain"), (["predict", model, test, "--text", "a"], "--text"),
      (["evaluate", model, test, "--streams", "2"], "--streams"),
      (["evaluate", model, test, "--no-header"], "--no-header"),
    ] {
      let result = try run(arguments)
      #expect(result.status == 2 && result.error.contains("\(option) is for "), "\(result.error)")
      #expect(result.error.contains("holds a tagger") && result.output.isEmpty, "\(result.error)")
    }
    let bad = try folder.write([0x61, 0xFF, 0x0A], to: "bad.txt")
    let result = try run(["predict", model, bad])
    #expect(result.status == 1 && result.errorLines.count == 1 && result.error.contains("bad.txt:1"), "\(result.error)")
    // Damaged files of the folder.
    for name in ["config.json", "vocabulary.json", "model.safetensors"] {
      let whole = try folder.read("model/\(name)")
      try folder.write(whole.prefix(whole.count / 2), to: "model/\(name)")
      let result = try run(["evaluate", model, test])
      #expect(result.status == 1 && result.errorLines.count == 1 && result.error.contains(name), "\(result.error)")
      try folder.write(whole, to: "model/\(name)")
    }
  }
}
