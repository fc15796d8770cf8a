import Foundation
import TestSupport
import Testing

/// Learning from a pipe, and adapting, by the real program.
@Suite(.timeLimit(.minutes(3))) struct OnlineCommandTests {
  private static let small = ["--hidden", "12", "--layers", "1"]

  @Test func learnsFromStandardInputAndGoesOn() throws {
    let folder = try TemporaryFolder()
    let text = sampleText(words: 300, seed: 6)
    let out = "\(folder.path)/model"
    let first = try Program.run(
      ["train", "lm", "-", "--online", "--out", out] + Self.small, input: text, folder: folder)
    #expect(first.status == 0, "\(first.error)")
    #expect(first.error.contains("bits per byte of late") && first.error.contains("snap1"))
    let second = try Program.run(
      ["train", "lm", "-", "--online", "--resume", "--out", out], input: text, folder: folder)
    #expect(second.status == 0, "\(second.error)")
    let count = String(2 * text.utf8.count)
    #expect(second.error.replacing(",", with: "").contains("\(count) bytes"), "\(second.error)")
    let written = try Program.run(["generate", out, "--length", "20", "--seed", "1"], folder: folder)
    #expect(written.status == 0, "\(written.error)")
    // Its folder is no run over a text that it keeps.
    let other = try Program.run(["train", "lm", "--resume", "--out", out], folder: folder)
    #expect(other.status == 1 && other.error.contains("--online"))
  }

  /// A pipe in which nothing comes.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func aSignalEndsItWhileItWaits(_ signal: Int32, _ status: Int32) throws {
    let folder = try TemporaryFolder()
    let process = Process()
    let (input, error) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["train", "lm", "-", "--online", "--window", "2", "--out", "\(folder.path)/model"] + Self.small
    (process.standardInput, process.standardOutput, process.standardError) = (input, Pipe(), error)
    try process.run()
    input.fileHandleForWriting.write(Data("the sea".utf8))
    // The heading comes once signals are caught.
    _ = error.fileHandleForReading.availableData
    usleep(300_000)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationStatus == status)
    #expect(try folder.read("model/training/checkpoint.safetensors").count > 1000)
    let next = try Program.run(
      ["train", "lm", "-", "--online", "--resume", "--out", "\(folder.path)/model"], input: " rises", folder: folder)
    #expect(next.status == 0 && next.error.contains("13 bytes"), "\(next.error)")
  }

  @Test(arguments: [
    (["-", "--online", "--epochs", "3"], "--epochs"),
    (["-", "--online", "--tokenizer", "word"], "--tokenizer word"),
    (["-", "--online", "--batch", "8"], "--batch"),
    (["--online"], "name a file, or - for standard input"),
    (["-", "--online", "--gradient", "rtrl"], "--layers 1"),
    (["text", "--gradient", "rtrl"], "--layers 1"),
    (["text", "--gradient", "rflo", "--layers", "3"], "--layers 1"),
    (["text", "--gradient", "snap1", "--dropout", "0.1"], "--dropout 0"),
    (["text", "--gradient", "uoro", "--precision", "bfloat16"], "--precision"),
    (["text", "--gradient", "snap1", "--layer-norm"], "layer normalisation"),
    (
      ["text", "--gradient", "rflo", "--layers", "1", "--tokenizer", "word", "--softmax", "adaptive:2000"],
      "adaptive softmax"
    ),
  ])
  func whatDoesNotGoTogetherIsRefusedAtTheStart(_ arguments: [String], _ message: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["train", "lm"] + arguments + ["--out", "\(folder.path)/model"], folder: folder)
    #expect(result.status == 2 && result.error.contains(message), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/model"))
  }

  /// A method that goes forward, in a run that is stopped and taken up: the bits of one that was never stopped.
  @Test(arguments: ["rtrl", "snap1", "uoro", "rflo"]) func runsResumeWithTheSameBits(_ gradient: String) throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(sampleText(words: 200, seed: 5).utf8, to: "text.txt")
    func arguments(_ name: String, _ steps: Int) -> [String] {
      ["train", "lm", text, "--gradient", gradient, "--batch", "3", "--window", "7", "--steps", "\(steps)"]
        + Self.small + ["--out", "\(folder.path)/\(name)"]
    }
    #expect(try Program.run(arguments("whole", 9), folder: folder).status == 0)
    #expect(try Program.run(arguments("parts", 4), folder: folder).status == 0)
    let resumed = try Program.run(
      ["train", "lm", "--resume", "--steps", "9", "--out", "\(folder.path)/parts"], folder: folder)
    #expect(resumed.status == 0, "\(resumed.error)")
    let names = ["whole", "parts"].map { "\($0)/training/checkpoint.safetensors" }
    let files = try names.map { try folder.read($0) }
    // Seconds stand in the header; what follows are numbers.
    func numbers(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
      bytes[(8 + (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) })...]
    }
    #expect(numbers(Array(files[0])) == numbers(Array(files[1])))
  }

  /// `--adapt` leaves the model alone, unless it is told where to put what became of it.
  @Test func adaptationIsKeptWhereItIsAskedFor() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(sampleText(words: 900, seed: 5).utf8, to: "text.txt")
    let other = try folder.write(
      String(repeating: "people collect wood, wood, wood\n", count: 60).utf8, to: "other.txt")
    let model = "\(folder.path)/model"
    let trained = try Program.run(
      ["train", "lm", text, "--batch", "8", "--window", "20", "--steps", "60", "--out", model] + Self.small,
      folder: folder)
    #expect(trained.status == 0, "\(trained.error)")
    let before = try folder.read("model/model.safetensors")
    func bits(_ arguments: [String]) throws -> Double {
      let result = try Program.run(["score", model, other, "--json"] + arguments, folder: folder)
      #expect(result.status == 0, "\(result.error)")
      return result.output.split(separator: "\n").reduce(0) { sum, line in
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return sum + (object?["bits"] as? Double ?? .nan)
      }
    }
    let plain = try bits([])
    let adapted = try bits(["--adapt", "--adapt-rate", "0.02", "--save", "\(folder.path)/adapted"])
    #expect(adapted < 0.8 * plain)
    #expect(try bits(["--cache", "200", "--cache-weight", "0.5"]) < 0.9 * plain)
    #expect(try folder.read("model/model.safetensors") == before)
    #expect(try folder.read("adapted/model.safetensors") != before)
    let evaluated = try ["model", "adapted"].map { name in
      let result = try Program.run(["evaluate", "\(folder.path)/\(name)", other, "--json"], folder: folder)
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      return try #require(object?["bits_per_byte"] as? Double)
    }
    #expect(evaluated[1] < 0.8 * evaluated[0])
    _ = try bits(["--adapt", "--save", model])
    #expect(try folder.read("model/model.safetensors") != before)
    let taken = try Program.run(["score", model, other, "--adapt", "--save", folder.path], folder: folder)
    #expect(taken.status == 1 && taken.error.contains("exists already"))
    let alone = try Program.run(["score", model, other, "--save", "x"], folder: folder)
    #expect(alone.status == 2 && alone.error.contains("--adapt"))
  }

  @Test func generatesWithACache() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(sampleText(words: 300, seed: 5).utf8, to: "text.txt")
    let model = "\(folder.path)/model"
    _ = try Program.run(
      ["train", "lm", text, "--batch", "4", "--window", "20", "--steps", "5", "--out", model] + Self.small,
      folder: folder)
    // All of the probability is the cache's: it can only repeat what it has seen.
    let result = try Program.run(
      [
        "generate", model, "--prompt", "sea sea", "--cache", "50", "--cache-weight", "1", "--length", "40",
        "--no-prompt",
      ],
      folder: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.dropLast().count == 40 && Set(result.output.dropLast()).isSubset(of: Set("sea ")))
    let refused = try Program.run(["generate", model, "--cache", "5", "--beam", "2"], folder: folder)
    #expect(refused.status == 2 && refused.error.contains("--beam"))
  }
}
