import ArgumentParser
import Recurrent
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where a run of training is, and how it goes about its work.
struct RunOptions: ParsableArguments {
  @Option(help: "Folder of the model; it must not exist, unless with --resume.") var out: String
  @Flag(help: "Go on with the run in --out; --epochs, --steps or --minutes may set a new end.") var resume = false
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?
  @Option(help: "Steps between checkpoints (default: about 30 seconds' worth).") var checkpointEvery: Int?
  @Flag(help: "Say nothing but what went wrong.") var quiet = false

  /// - Parameters:
  ///   - path: the data that is given, if any is; a run that goes on has its own.
  ///   - wanted: the data to ask for where there is none.
  func check(data path: String?, wanted: String) throws {
    if resume {
      if let path { throw ValidationError("--resume goes on with the data it has; leave out \(path)") }
    } else if path == nil {
      throw ValidationError("name \(wanted)")
    }
    try checkPositive([("threads", threads), ("checkpoint-every", checkpointEvery)])
  }

  /// What comes before training: the folder of the run, which `prepare` fills, unless its run goes on. Nothing is left of
  /// a folder that could not be filled.
  ///
  /// - Parameters:
  ///   - data: what a run is trained on, as in "train one with a table".
  ///   - files: what `prepare` reads; a number that stands for a part of them is passed over.
  ///   - online: whether the run learns from its data as they come, and is given them again to go on.
  func folder(
    trainedOn data: String, files: [String?], online: Bool = false,
    prepare: (_ folder: ModelFolder, _ display: Progress) throws -> Void
  ) throws -> ModelFolder {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    Signals.catchStops()
    let folder = ModelFolder(out)
    let hasRun = online ? folder.hasOnlineRun : folder.hasRun
    if resume {
      guard hasRun else {
        if folder.hasOnlineRun {
          throw CommandError("\(out) holds an online run; name \(data), and add --online, to go on with it")
        }
        throw CommandError("\(out): there is no run to resume; train one with \(data) and --out \(out)")
      }
      try record([], in: folder)
      return folder
    }
    if folder.exists {
      let resume = hasRun ? ", or go on with its run by --resume --out \(out)" : ""
      throw CommandError("\(out) exists already; choose another --out\(resume)")
    }
    do {
      try prepare(folder, Progress(quiet: quiet))
      try record(files.compactMap { $0 }, in: folder)
    } catch {
      folder.discard()
      throw error
    }
    return folder
  }

  /// Leaves in the folder how this run was begun, for `rnn report`.
  private func record(_ files: [String], in folder: ModelFolder) throws {
    try folder.add(
      RunRecord(
        command: ["rnn"] + CommandLine.arguments.dropFirst(), date: Date.now.formatted(.iso8601), version: RNN.version,
        data: files.compactMap(RunRecord.DataFile.init), environment: .current))
  }
}

/// A failure that the command itself finds.
struct CommandError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
