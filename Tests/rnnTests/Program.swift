import Foundation
import TestSupport

/// The real program, run as a person runs it.
struct Program {
  struct Result {
    var status: Int32
    var output: String
    var error: String
    var errorLines: [String] { error.split(separator: "\n").map(String.init) }
  }

  /// `rnn` beside the test bundle.
  static let path: String = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("rnn").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return "rnn"
  }()

  static func start(_ arguments: [String], input: String? = nil, folder: TemporaryFolder) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let name = UUID().uuidString
    let files = try ["in", "out", "error"].map { try folder.write(Array((input ?? "").utf8), to: "\(name).\($0)") }
    process.standardInput = FileHandle(forReadingAtPath: files[0])
    for file in files[1...] { _ = truncate(file, 0) }
    process.standardOutput = FileHandle(forWritingAtPath: files[1])
    process.standardError = FileHandle(forWritingAtPath: files[2])
    process.environment = ProcessInfo.processInfo.environment.merging(["RNN_NAME": name]) { $1 }
    try process.run()
    return process
  }

  static func wait(_ process: Process, folder: TemporaryFolder) throws -> Result {
    process.waitUntilExit()
    let name = process.environment?["RNN_NAME"] ?? ""
    return Result(
      status: process.terminationStatus, output: String(decoding: try folder.read("\(name).out"), as: UTF8.self),
      error: String(decoding: try folder.read("\(name).error"), as: UTF8.self))
  }

  @discardableResult
  static func run(_ arguments: [String], input: String? = nil, folder: TemporaryFolder) throws -> Result {
    try wait(start(arguments, input: input, folder: folder), folder: folder)
  }
}
