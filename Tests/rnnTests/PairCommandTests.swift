import Foundation
import TestSupport
import Testing

/// Models of sequence to sequence by the real program: pairs in, outputs and scores out.
@Suite(.timeLimit(.minutes(5))) struct PairCommandTests {
  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = "\(folder.path)/model"
  }

  static let pairs = (0..<60).map { "w\($0 % 6) w\($0 % 4)\tv\($0 % 6) v\($0 % 4)\n" }.joined()
  static let small = ["--hidden", "8", "--embedding", "8", "--steps", "2", "--quiet"]

  private func run(_ arguments: String..., input: String? = nil) throws -> Program.Result {
    try Program.run(arguments, input: input, folder: folder)
  }

  private func train(_ more: [String] = ["--tokenizer", "word"], pairs: String = pairs) throws {
    let table = try folder.write(pairs.utf8, to: "pairs.tsv")
    let made = try Program.run(["train", "seq2seq", table, "--out", model] + Self.small + more, folder: folder)
    #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
  }

  private func objects(_ result: Program.Result) throws -> [[String: Any]] {
    #expect(result.status == 0, "\(result.error)")
    return try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func outputsComeWithScores() throws {
    try train()
    let words = try folder.write("w1 w2\nw3 w0\n".utf8, to: "words.txt")
    let lines = try objects(run("predict", model, words, "--beam", "4", "--n-best", "3"))
    #expect(lines.map { $0["text"] as? String } == ["w1 w2", "w3 w0"])
    for line in lines {
      let outputs = try #require(line["outputs"] as? [[String: Any]])
      let scores = outputs.compactMap { $0["score"] as? Double }
      #expect(
        outputs.count == 3 && scores == scores.sorted(by: >)
          && outputs[0]["text"] as? String == line["output"] as? String)
      #expect(line["log_probability"] is Double && line["finished"] is Bool)
    }
    let plain = try run("predict", model, words, "--plain", "--n-best", "2")
    #expect(plain.output.split(separator: "\n").count == 4 && plain.output.hasPrefix("w1 w2\t1\t-"), "\(plain.output)")
    let matched = try run("predict", model, words, "--plain", "--match", "v1( v2)?")
    #expect(matched.output.split(separator: "\n").allSatisfy { ["v1", "v1 v2"].contains($0) }, "\(matched.output)")
    let list = try folder.write("v3 v3 v3\n\nv0\n".utf8, to: "list.txt")
    let allowed = try run("predict", model, words, "--plain", "--allowed", list)
    #expect(allowed.output.split(separator: "\n").allSatisfy { ["v3 v3 v3", "v0"].contains($0) }, "\(allowed.output)")
  }

  /// Line i of the outputs answers line i of the sources, be it empty.
  @Test func blankLinesHaveOutputsToo() throws {
    try train()
    let words = try folder.write("\nw1 w2\n \r\nw3\n\n".utf8, to: "words.txt")
    let lines = try objects(run("predict", model, words))
    #expect(lines.map { $0["text"] as? String } == ["", "w1 w2", " ", "w3", ""])
    let plain = try run("predict", model, words, "--plain", "--length", "3")
    #expect(plain.output.split(separator: "\n", omittingEmptySubsequences: false).count == 6, "\(plain.output)")
    #expect(try run("predict", model, words, "--encoding", "latin-1").output == run("predict", model, words).output)
    #expect(try run("predict", model, input: "w1 w2\n\nw3").output.split(separator: "\n").count == 3)
  }

  /// An output has one line, so that it cannot match what has two.
  @Test func linesWithinOutputsAreRefused() throws {
    try train()
    for command in [["predict"], ["chat"], ["chat", "--temperature", "1"]] {
      let result = try Program.run(command + [model, "--match", "v1\\nv2"], input: "w1\n", folder: folder)
      #expect(result.status == 1 && result.output.isEmpty && result.error.contains("no tokens to spell"), "\(result)")
    }
  }

  @Test func scoresAreThoseOfTheDefinitions() throws {
    try train(["--tokenizer", "word", "--validation", "0"])
    let table = folder.path + "/pairs.tsv"
    let scores = try #require(try objects(run("evaluate", model, table, "--json")).first)
    for name in ["bleu", "chrf", "exact", "token_error_rate", "word_error_rate"] { #expect(scores[name] is Double) }
    #expect(scores["count"] as? Int == 60)
    let source = try folder.write("w0 w0\nw1 w1\n".utf8, to: "a.txt")
    let target = try folder.write("v0 v0\nv1 v1\n".utf8, to: "b.txt")
    let beside = try objects(run("evaluate", model, "--source", source, "--target", target, "--json", "--beam", "1"))
    #expect(beside.first?["count"] as? Int == 2 && beside.first?["beam"] as? Int == 1)
    // Of alternatives, any is right.
    let both = try folder.write("w0 w0\tx\nw0 w0\tv0 v0\nw0 w0\tv1 v1\n".utf8, to: "both.tsv")
    let strict = try objects(run("evaluate", model, both, "--json")).first
    let loose = try objects(run("evaluate", model, both, "--json", "--alternatives")).first
    #expect(strict?["count"] as? Int == 3 && loose?["count"] as? Int == 1)
  }

  @Test func attentionIsShown() throws {
    try train()
    let (svg, html) = ("\(folder.path)/map.svg", "\(folder.path)/map.html")
    let result = try run("predict", model, "--attention", "--svg", svg, "--html", html, input: "w1 w2\n")
    let line = try #require(try objects(result).first)
    #expect((line["source_tokens"] as? [String]) == ["w1", "w2", "</s>"])
    let weights = try #require(line["attention"] as? [[Double]])
    #expect(weights.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    #expect(String(decoding: try folder.read("map.svg"), as: UTF8.self).hasPrefix("<svg"))
    #expect(String(decoding: try folder.read("map.html"), as: UTF8.self).contains("<figure>"))
  }

  @Test func chatsAnswerLinesOfAPipe() throws {
    try train()
    let saved = "\(folder.path)/said.txt"
    let result = try run(
      "chat", model, input: "w1 w2\n\n/temperature 0.5\nw3\n/beam x\n/none\n/save \(saved)\n/reset\n/quit\nw4\n")
    #expect(
      result.status == 0 && result.output.split(separator: "\n", omittingEmptySubsequences: false).count == 3,
      "\(result)")
    #expect(result.error.contains("/beam takes") && result.error.contains("no command /none"))
    let text = String(decoding: try folder.read("said.txt"), as: UTF8.self)
    #expect(text.hasPrefix("> w1 w2\n") && text.contains("> w3\n"))
    // One seed, the same answers; earlier turns are read where they are asked for.
    let drawn = ["1", "1", "2"].map {
      try? run("chat", model, "--temperature", "1.5", "--seed", $0, input: "w1\nw1\nw1\n").output
    }
    #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
    #expect(try run("chat", model, "--history", "3", input: "w1\nw2\n").status == 0)
  }

  @Test func aStoppedRunGoesOn() throws {
    let table = try folder.write(Self.pairs.utf8, to: "pairs.tsv")
    let whole = "\(folder.path)/whole"
    let arguments =
      ["train", "seq2seq", table, "--hidden", "8", "--embedding", "8", "--batch", "8", "--quiet"]
      + ["--schedule", "constant", "--validation", "0"]
    #expect(try Program.run(arguments + ["--steps", "12", "--out", whole], folder: folder).status == 0)
    #expect(try Program.run(arguments + ["--steps", "5", "--out", model], folder: folder).status == 0)
    #expect(try run("train", "seq2seq", "--resume", "--steps", "12", "--quiet", "--out", model).status == 0)
    #expect(try folder.read("whole/model.safetensors") == folder.read("model/model.safetensors"))
  }

  @Test func whatCannotBeIsRefused() throws {
    try train()
    let table = folder.path + "/pairs.tsv"
    let one = try folder.write("a\nb\n".utf8, to: "one.tsv")
    let short = try folder.write("a\n".utf8, to: "short.txt")
    let new = "\(folder.path)/new"
    for (arguments, status, message) in [
      (["train", "seq2seq", one, "--out", new], 1, "a pair takes two columns"),
      (["train", "seq2seq", "--source", one, "--target", short, "--out", new], 1, "2 lines and"),
      (["train", "seq2seq", "--source", one, "--out", new], 2, "go together"),
      (["train", "seq2seq", table, "--source", one, "--target", one, "--out", new], 2, "not from both"),
      (
        ["train", "seq2seq", table, "--attention", "none", "--input-feeding", "--out", new], 2, "input feeding without"
      ),
      (["train", "seq2seq", table, "--attention", "dot", "--encoder-hidden", "7", "--out", new], 2, "dot attention"),
      (["train", "seq2seq", table, "--copy", "--label-smoothing", "0.1", "--out", new], 2, "--copy has a loss"),
      (["train", "seq2seq", table, "--label-smoothing", "1", "--out", new], 2, "label smoothing 1"),
      (
        ["train", "seq2seq", table, "--shared-vocabulary", "--source-tokenizer", "char", "--out", new], 2,
        "same tokenizer"
      ),
      (["train", "seq2seq", table, "--source-column", "Q", "--out", new], 1, "no column 'Q'"),
      (["train", "seq2seq", table, "--out", model], 1, "exists already"),
      (["predict", model, "--beam", "2", "--n-best", "3"], 2, "a beam of"),
      (["predict", model, "--match", "("], 2, "character 2"),
      (["predict", model, "--match", "xyz"], 1, "no tokens to spell"),
      (["predict", model, "--tokens"], 2, "--tokens is for"),
      (["predict", model, "--match", "v1 v1 v1", "--length", "2"], 1, "takes 3 tokens"),
      (["predict", model, "--explain"], 2, "--explain is for"),
      (["predict", model, "--text", "x"], 2, "--text is for"),
      (["evaluate", model], 2, "name a file"), (["evaluate", model, table, "--streams", "2"], 2, "--streams is for"),
      (["evaluate", model, "--source", one], 2, "go together"),
      (["evaluate", model, table, table], 1, "name one table"),
      (["chat", model, "--top-p", "0"], 2, "--top-p"), (["generate", model], 1, "sequence-to-sequence"),
    ] as [([String], Int32, String)] {
      let result = try Program.run(arguments, input: "w1\n", folder: folder)
      #expect(
        result.status == status && result.error.contains(message), "\(arguments) \(result.status) \(result.error)")
      #expect(!FileManager.default.fileExists(atPath: new))
    }
  }

  /// Options of this task are refused for others, and models of others are not talked to.
  @Test func otherModelsAreRefused() throws {
    let text = try folder.write(String(repeating: "some text. ", count: 400).utf8, to: "text.txt")
    let made = try run("train", "lm", text, "--hidden", "4", "--layers", "1", "--steps", "1", "--quiet", "--out", model)
    #expect(made.status == 0, "\(made.error)")
    for (arguments, message) in [
      (["chat", model], "language-model"),
      (["evaluate", model, text, "--beam", "3"], "--beam is for sequence to sequence"),
      (["generate", model, "--condition", "x"], "told nothing"),
    ] {
      let result = try Program.run(arguments, input: "a\n", folder: folder)
      #expect(result.status != 0 && result.error.contains(message), "\(result.error)")
    }
    let matched = try run("generate", model, "--match", "[a-z]{5}\\.", "--seed", "1", "--prompt", "s", "--no-prompt")
    #expect(matched.output.count == 7 && matched.output.hasSuffix(".\n"), "\(matched.output) \(matched.error)")
  }
}
