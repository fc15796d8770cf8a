import Foundation
import Recurrent
import TestSupport
import Testing

@Suite struct ModelFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func foldersAboveAreMade() throws {
    let model = ModelFolder("\(folder.path)/a/b//c/")
    #expect(!model.exists && !model.hasCheckpoint)
    try model.create()
    #expect(model.exists && !model.hasCheckpoint)
    #expect(model.checkpoint == "\(folder.path)/a/b//c/training/checkpoint.safetensors")
    try AtomicFile.write([1], to: model.checkpoint)
    #expect(model.hasCheckpoint)
  }

  @Test func aFileInTheWayIsNamed() throws {
    let file = try folder.write([], to: "file")
    #expect(throws: FileError.self) { try ModelFolder("\(file)/model").create() }
  }

  /// Only what a run has made goes; what a user keeps there stays.
  @Test func discardingLeavesOtherFiles() throws {
    let model = ModelFolder("\(folder.path)/model")
    try model.create()
    for path in [model.configuration, model.vocabulary, model.tokens] { try AtomicFile.write([1], to: path) }
    try folder.write([1], to: "model/notes.txt")
    model.discard()
    #expect(try FileManager.default.contentsOfDirectory(atPath: model.path) == ["notes.txt"])
    try FileManager.default.removeItem(atPath: "\(model.path)/notes.txt")
    model.discard()
    #expect(!model.exists)
  }
}
