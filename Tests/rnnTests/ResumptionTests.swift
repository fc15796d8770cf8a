import Foundation
import TestSupport
import Testing

/// Runs that end early, and what is said to those who take them up.
@Suite(.timeLimit(.minutes(3))) struct ResumptionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func steps(_ name: String) throws -> [Int] {
    let text = try String(decoding: folder.read("\(name)/training/metrics.jsonl"), as: UTF8.self)
    return try text.split(separator: "\n").compactMap {
      let object = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return object?["training_loss"] == nil ? nil : object?["step"] as? Int
    }
  }

  /// Killed before or after its first checkpoint, a run can always be taken up once its preparation is done.
  @Test func killsFromTheVeryStart() throws {
    let whole = try TrainingRunTests.arguments(folder, "whole", steps: 40)
    #expect(try Program.run(whole, folder: folder).status == 0)
    for (index, file) in ["options.json", "checkpoint.safetensors", "metrics.jsonl"].enumerated() {
      let name = "killed\(index)"
      let process = try Program.start(TrainingRunTests.arguments(folder, name, steps: 40), folder: folder)
      let path = "\(folder.path)/\(name)/training/\(file)"
      while process.isRunning && !FileManager.default.fileExists(atPath: path) { usleep(200) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let result = try Program.run(TrainingRunTests.resume(folder, name), folder: folder)
      #expect(result.status == 0, "\(file): \(result.error)")
      for same in ["model.safetensors", "config.json", "vocabulary.json"] {
        #expect(try folder.read("\(name)/\(same)") == folder.read("whole/\(same)"), "\(file) \(same)")
      }
      #expect(try steps(name) == Array(1...40))
    }
  }

  /// A folder without a run in it is no place to resume, and nobody is sent there.
  @Test func aFolderWithoutARun() throws {
    try folder.write([1], to: "other/file")
    let new = try Program.run(TrainingRunTests.arguments(folder, "other", steps: 1), folder: folder)
    #expect(new.status == 1 && new.errorLines.count == 1 && new.error.contains("exists already"), "\(new.error)")
    #expect(!new.error.contains("--resume"), "\(new.error)")
    let resumed = try Program.run(TrainingRunTests.resume(folder, "other"), folder: folder)
    #expect(resumed.status == 1 && resumed.errorLines.count == 1 && resumed.error.contains("no run to resume"))
    #expect(try folder.read("other/file") == [1])
  }

  @Test(arguments: ["config.json", "vocabulary.json", "training/options.json", "training/tokens.bin"])
  func damagedRunsAreRefused(_ name: String) throws {
    #expect(try Program.run(TrainingRunTests.arguments(folder, "model", steps: 2), folder: folder).status == 0)
    let checkpoint = try folder.read("model/training/checkpoint.safetensors")
    let whole = try folder.read("model/\(name)")
    for bytes in [[], Array(whole.prefix(whole.count / 2)), Array(whole.prefix(20))] {
      try folder.write(bytes, to: "model/\(name)")
      let result = try Program.run(TrainingRunTests.resume(folder, "model") + ["--steps", "9"], folder: folder)
      #expect(result.status == 1 && result.errorLines.count == 1, "\(result.status) \(result.error)")
      #expect(result.error.hasPrefix("Error: ") && result.error.contains(name), "\(result.error)")
      #expect(try folder.read("model/training/checkpoint.safetensors") == checkpoint)
    }
  }

  @Test func aValidationTextThatIsTooShortIsRefused() throws {
    let short = try folder.write("a".utf8, to: "short.txt")
    let result = try Program.run(
      TrainingRunTests.arguments(folder, "model", steps: 2) + ["--quiet", "--validation", short], folder: folder)
    #expect(result.status == 1 && result.errorLines.count == 1 && result.error.contains(short), "\(result.error)")
    #expect(!folder.names.contains("model"))
  }

  /// Every kind of text, cell, optimiser and schedule by its option, from training to generation.
  @Test(arguments: [
    ["--tokenizer", "byte", "--cell", "elman", "--optimizer", "momentum:0.9", "--schedule", "step:1,1,0.5"],
    ["--tokenizer", "word", "--cell", "gru", "--optimizer", "rmsprop", "--schedule", "exponential:0.9", "--tie"],
    ["--tokenizer", "bpe", "--vocabulary-size", "270", "--optimizer", "adamw", "--schedule", "plateau:1,0.5"],
    ["--cell", "elman-relu", "--optimizer", "sgd", "--schedule", "constant", "--clip", "value:1", "--validation", "0"],
  ])
  func everyOptionWorks(_ options: [String]) throws {
    let made = try Program.run(
      TrainingRunTests.arguments(folder, "model", steps: 4) + ["--quiet"] + options, folder: folder)
    #expect(made.status == 0 && made.error.isEmpty && made.output.isEmpty, "\(made.error)")
    let path = "\(folder.path)/model"
    let texts = try [1, 1, 2].map {
      try Program.run(["generate", path, "--length", "40", "--seed", "\($0)"], folder: folder).output
    }
    #expect(texts[0] == texts[1] && texts[0] != texts[2])
    let scores = try Program.run(["score", path, "\(folder.path)/text.txt"], folder: folder)
    let lines = try folder.read("text.txt").filter { $0 == 10 }.count
    #expect(scores.status == 0 && scores.output.split(separator: "\n").count == lines + 1, "\(scores.error)")
  }
}
