import Foundation
import TestSupport
import Testing

/// Nothing is lost where nothing more can be written.
@Suite(.timeLimit(.minutes(2))) struct FullDiskTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs `rnn` in a shell with a limit on the size of each file, in blocks of 512 or 1024 bytes. Writing beyond it fails
  /// as on a full disk, since the signal that would end the program is ignored.
  private func limited(_ arguments: [String], blocks: Int) throws -> Program.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\"", "sh", Program.path] + arguments
    let (output, error) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, error)
    try process.run()
    let lines = try error.fileHandleForReading.readToEnd() ?? Data()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Program.Result(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      error: String(decoding: lines, as: UTF8.self))
  }

  @Test func aRunThatCannotStartLeavesNothing() throws {
    let arguments = try TrainingRunTests.arguments(folder, "model", steps: 2) + ["--quiet"]
    let result = try limited(arguments, blocks: 1)
    #expect(result.status == 1 && result.errorLines.count == 1, "\(result.status) \(result.error)")
    #expect(result.error.contains("cannot be written"))
    #expect(!folder.names.contains("model"))
  }

  @Test func theLastCheckpointStays() throws {
    let arguments = try TrainingRunTests.arguments(folder, "model", steps: 2) + ["--quiet"]
    #expect(try Program.run(arguments, folder: folder).status == 0)
    let before = try folder.read("model/training/checkpoint.safetensors")
    let result = try limited(TrainingRunTests.resume(folder, "model") + ["--quiet", "--steps", "4"], blocks: 8)
    #expect(result.status == 1 && result.errorLines.count == 1, "\(result.status) \(result.error)")
    #expect(try folder.read("model/training/checkpoint.safetensors") == before)
    let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/model/training")
    #expect(!left.contains { $0.contains("partial") })
    let again = try Program.run(
      TrainingRunTests.resume(folder, "model") + ["--quiet", "--steps", "4"], folder: folder)
    #expect(again.status == 0, "\(again.error)")
  }

  /// Linux has a device that is always full.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func outputThatCannotBeWrittenIsAFailure() throws {
    let arguments = try TrainingRunTests.arguments(folder, "model", steps: 1) + ["--quiet"]
    #expect(try Program.run(arguments, folder: folder).status == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["generate", "\(folder.path)/model"]
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    let error = Pipe()
    process.standardError = error
    try process.run()
    let text = String(decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(text.hasPrefix("Error: standard output cannot be written") && text.split(separator: "\n").count == 1)
  }
}
