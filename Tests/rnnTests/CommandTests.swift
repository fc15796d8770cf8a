import Foundation
import TestSupport
import Testing

/// What the commands print, and how they refuse.
@Suite(.timeLimit(.minutes(3))) struct CommandTests {
  let folder: TemporaryFolder
  let model: String
  let text: String

  init() throws {
    folder = try TemporaryFolder()
    text = try folder.write(sampleText(words: 300, seed: 8).utf8, to: "text.txt")
    model = "\(folder.path)/model"
    let result = try Program.run(
      [
        "train", "lm", text, "--hidden", "16", "--layers", "1", "--batch", "4", "--window", "20", "--steps", "3",
        "--quiet", "--out", model,
      ], folder: folder)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
  }

  private func run(_ arguments: String..., input: String? = nil) throws -> Program.Result {
    try Program.run(arguments, input: input, folder: folder)
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func generationIsSeeded() throws {
    let first = try run("generate", model, "--prompt", "the ", "--length", "80", "--seed", "4")
    let second = try run("generate", model, "--prompt", "the ", "--length", "80", "--seed", "4")
    let other = try run("generate", model, "--prompt", "the ", "--length", "80", "--seed", "5")
    #expect(first.output == second.output && first.output != other.output)
    #expect(first.output.hasPrefix("the ") && first.output.count == 4 + 80 + 1)
  }

  @Test func evaluationIsOneObject() throws {
    let result = try run("evaluate", model, text, "--json")
    let keys = try object(result.output)
    for key in ["loss_nats", "bits_per_token", "bits_per_byte", "perplexity", "tokens", "bytes"] {
      #expect(keys[key] is NSNumber, "\(key)")
    }
    #expect(keys["bytes"] as? Int == (try folder.read("text.txt")).count)
  }

  @Test func everyLineIsScored() throws {
    let lines = ["the sea", "", "zzzz\u{1F600}", "a long ship"]
    let result = try run("score", model, "-", "--json", input: lines.joined(separator: "\n") + "\n")
    let objects = try result.output.split(separator: "\n").map(object)
    #expect(objects.map { $0["text"] as? String } == lines)
    #expect(objects.map { $0["line"] as? Int } == [1, 2, 3, 4])
    let bits = objects.compactMap { $0["bits"] as? Double }
    let evaluated = try object(
      run("evaluate", model, "-", "--json", input: "\n" + lines.joined(separator: "\n") + "\n").output)
    let total = try #require(evaluated["bits_per_token"] as? Double) * (evaluated["tokens"] as? Double ?? 0)
    // Float32 losses of 25 tokens, printed in full.
    #expect(abs(bits.reduce(0, +) - total) < 1e-3)
  }

  @Test func theBenchReportsWhatItsHelpSays() throws {
    for work in ["train", "generate"] {
      let result = try run(
        "bench", work, "--hidden", "16", "--batch", "2", "--time", "5", "--seconds", "0.1", "--json")
      let keys = try object(result.output)
      for key in ["tokens_per_second", "milliseconds_per_step", "gflops", "peak_gflops", "share_of_peak"] {
        #expect((keys[key] as? Double ?? 0) > 0, "\(key)")
      }
    }
  }

  /// Shapes of whose memory the activations, the parameters, or the logits are the greatest part.
  @Test(arguments: [
    "--hidden 256 --layers 2 --batch 32 --time 400", "--hidden 1024 --layers 1 --batch 4 --time 10",
    "--cell gru --vocabulary 10000 --embedding 64 --hidden 64 --layers 1 --batch 32 --time 100",
    "--cell elman --hidden 512 --layers 3 --batch 64 --time 64",
    "--softmax adaptive --vocabulary 50000 --embedding 64 --hidden 128 --layers 1 --batch 16 --time 40",
  ])
  func trainingMemoryIsWithinAFifthOfTheEstimate(shape: String) throws {
    let arguments = ["bench", "train", "--seconds", "0.01", "--json"] + shape.split(separator: " ").map(String.init)
    let keys = try object(Program.run(arguments, folder: folder).output)
    let peak = try #require(keys["peak_memory_bytes"] as? Double)
    let estimate = try #require(keys["estimated_memory_bytes"] as? Double)
    #expect(abs(peak / estimate - 1) < 0.2, "\(Int(peak) >> 20) MiB, estimated \(Int(estimate) >> 20)")
  }

  @Test func helpShowsEachKindOfModel() throws {
    let help = try run("--help").output
    for kind in ["lm", "classifier", "tagger"] { #expect(help.contains("rnn train \(kind) "), "\(kind)") }
    // Only what is accepted.
    let tagger = try run("help", "train", "tagger").output
    let option = try #require(tagger.firstMatch(of: #/--train-scheme(?s:.*?)\)/#)).output
    #expect(option.contains("iobes, iob2") && !option.contains("bilou") && !option.contains("plain"), "\(option)")
    // At prediction, columns are those of training.
    let predict = try run("help", "predict").output
    #expect(predict.contains("as at training") && !predict.contains("default: text"))
  }

  static let word = ["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--tokenizer", "word"]

  /// Arguments, the exit code, and what the message says.
  static let refusals: [([String], Int32, String)] = [
    (["train", "lm", "DIR/none.txt", "--out", "DIR/new"], 1, "no such file"),
    (["train", "lm", "DIR/empty.txt", "--out", "DIR/new"], 1, "no text"),
    (["train", "lm", "DIR/short.txt", "--out", "DIR/new"], 1, "--batch 1 --window"),
    (["train", "lm", "DIR/latin.txt", "--out", "DIR/new"], 1, "byte 3 (0xE9) is not UTF-8"),
    (["train", "lm", "DIR/latin.txt", "--out", "DIR/new"], 1, "--tokenizer byte"),
    (["train", "lm", "DIR", "--include", "*.none", "--out", "DIR/new"], 1, "*.none"),
    (["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--schedule", "stepp"], 2, "stepp"),
    (["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--rate", "-1"], 2, "--rate"),
    (["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--hidden", "0"], 2, "0 hidden units"),
    (["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--epochs", "1", "--steps", "1"], 2, "one of"),
    (["train", "lm", "DIR/text.txt", "--out", "DIR/new", "--softmax", "adaptive"], 2, "--tokenizer word"),
    (word + ["--softmax", "adaptive", "--tie"], 2, "--tie"),
    (word + ["--softmax", "adaptive:9,4"], 2, "adaptive:9,4"),
    (word + ["--softmax", "adaptive", "--hidden", "3"], 2, "3 hidden units"),
    (word + ["--softmax", "adaptive:2000,10000"], 1, "below the vocabulary of 14"),
    (["bench", "train", "--softmax", "adaptive:96"], 2, "below the vocabulary of 96"),
    (["train", "lm", "--resume", "--out", "DIR/new"], 1, "no run to resume"),
    (["generate", "DIR/model", "--prompt", "Ω"], 1, "U+3A9"),
    (["generate", "DIR/none"], 1, "no such file"),
    (["generate", "DIR/model", "--top-p", "0"], 2, "--top-p"),
    (["evaluate", "DIR/model", "DIR/none.txt"], 1, "no such file"),
    (["evaluate", "DIR/model", "DIR/text.txt", "--text", "a"], 2, "--text is for classifiers"),
    (["evaluate", "DIR/model", "DIR/text.txt", "--tag-column", "2"], 2, "--tag-column is for taggers"),
    (
      ["evaluate", "DIR/model", "DIR/text.txt", "--encoding", "latin-1"], 2, "--encoding is for classifiers and taggers"
    ),
  ]

  @Test(arguments: refusals)
  func badInputIsRefused(_ arguments: [String], _ status: Int32, _ message: String) throws {
    try folder.write([], to: "empty.txt")
    try folder.write("short text".utf8, to: "short.txt")
    try folder.write([0x61, 0x62, 0x63, 0xE9, 0x20] + Array(repeating: 0x61, count: 5000), to: "latin.txt")
    let result = try Program.run(
      arguments.map { $0.replacingOccurrences(of: "DIR", with: folder.path) }, folder: folder)
    #expect(result.status == status, "\(result.error)")
    #expect(result.error.contains(message), "\(result.error)")
    if status == 1 { #expect(result.errorLines.count == 1, "\(result.error)") }
    #expect(result.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/new"))
  }

  @Test(arguments: ["config.json", "model.safetensors", "vocabulary.json"])
  func damagedModelsAreRefused(_ name: String) throws {
    let whole = try folder.read("model/\(name)")
    let text = String(decoding: whole, as: UTF8.self)
    var damaged = [Array(whole.dropLast(5)), [], Array(whole.prefix(40)), Array("{}".utf8)]
    if name.hasSuffix(".json") {
      damaged.append(Array(text.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 99").utf8))
      damaged.append(Array(text.replacingOccurrences(of: "\"format\"", with: "\"extra\" : 1, \"format\"").utf8))
    }
    if name == "config.json" {
      for (old, new) in [("\"hidden\" : 16", "\"hidden\" : 17"), ("\"layers\" : 1", "\"layers\" : 1000000000")] {
        #expect(text.contains(old))
        damaged.append(Array(text.replacingOccurrences(of: old, with: new).utf8))
      }
    }
    for bytes in damaged {
      try folder.write(bytes, to: "model/\(name)")
      let result = try run("generate", model)
      #expect(result.status == 1 && result.errorLines.count == 1, "\(result.status) \(result.error)")
      #expect(result.output.isEmpty)
    }
  }
}
