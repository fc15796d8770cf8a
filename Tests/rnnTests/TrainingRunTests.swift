import Foundation
import TestSupport
import Testing

/// Training by the real program: signals, kills and resumption.
@Suite(.timeLimit(.minutes(3))) struct TrainingRunTests {
  static func arguments(_ folder: TemporaryFolder, _ name: String, steps: Int) throws -> [String] {
    let text = try folder.write(sampleText(words: 600, seed: 5).utf8, to: "text.txt")
    return [
      "train", "lm", text, "--hidden", "32", "--batch", "8", "--window", "20", "--dropout", "0.2", "--steps",
      "\(steps)", "--checkpoint-every", "3", "--out", "\(folder.path)/\(name)",
    ]
  }

  static func resume(_ folder: TemporaryFolder, _ name: String) -> [String] {
    ["train", "lm", "--resume", "--checkpoint-every", "3", "--out", "\(folder.path)/\(name)"]
  }

  @Test func killsAtAnyMomentChangeNothing() throws {
    let folder = try TemporaryFolder()
    let whole = try Program.run(Self.arguments(folder, "whole", steps: 1500), folder: folder)
    #expect(whole.status == 0, "\(whole.error)")
    var process = try Program.start(Self.arguments(folder, "killed", steps: 1500), folder: folder)
    var kills = 0
    for delay in [0.21, 0.13, 0.08, 0.29, 0.17, 0.11] {
      // A run that is killed before its first checkpoint has nothing to resume.
      let checkpoint = "\(folder.path)/killed/training/checkpoint.safetensors"
      while process.isRunning && !FileManager.default.fileExists(atPath: checkpoint) { usleep(2000) }
      usleep(UInt32(delay * 1e6))
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
      process = try Program.start(Self.resume(folder, "killed"), folder: folder)
    }
    let last = try Program.wait(process, folder: folder)
    #expect(last.status == 0, "\(last.error)")
    #expect(kills > 0)
    #expect(try folder.read("whole/model.safetensors") == folder.read("killed/model.safetensors"))
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func signalsEndWithACheckpoint(_ signal: Int32, _ status: Int32) throws {
    let folder = try TemporaryFolder()
    let process = try Program.start(Self.arguments(folder, "model", steps: 1_000_000), folder: folder)
    let metrics = "\(folder.path)/model/training/metrics.jsonl"
    while process.isRunning && (try? folder.read("model/training/metrics.jsonl"))?.isEmpty ?? true { usleep(5000) }
    #expect(FileManager.default.fileExists(atPath: metrics))
    kill(process.processIdentifier, signal)
    let result = try Program.wait(process, folder: folder)
    #expect(result.status == status)
    #expect(result.error.contains("rnn train lm --resume --out \(folder.path)/model"))
    let next = try Program.run(Self.resume(folder, "model") + ["--steps", "1"], folder: folder)
    #expect(next.status == 0, "\(next.error)")
  }

  @Test func aModelIsNeverOverwritten() throws {
    let folder = try TemporaryFolder()
    let arguments = try Self.arguments(folder, "model", steps: 1)
    #expect(try Program.run(arguments, folder: folder).status == 0)
    let before = try folder.read("model/model.safetensors")
    let again = try Program.run(arguments, folder: folder)
    #expect(again.status == 1)
    #expect(again.errorLines.count == 1 && again.error.contains("exists already"))
    #expect(try folder.read("model/model.safetensors") == before)
  }
}
