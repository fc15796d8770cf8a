import Recurrent
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func written() throws -> String {
    var writer = SafetensorsWriter()
    writer.add("a.weight", shape: [2, 3], floats: [1, -2, 3.5, .infinity, 0, .leastNonzeroMagnitude])
    writer.add("b \"é\"", shape: [], floats: [7])
    writer.add("empty", shape: [0, 4], floats: [])
    let path = "\(folder.path)/x.safetensors"
    try writer.write(to: path, metadata: ["k": "v\n"])
    return path
  }

  @Test func whatIsWrittenIsRead() throws {
    let file = try SafetensorsFile(reading: written())
    #expect(file.names == ["a.weight", "b \"é\"", "empty"])
    #expect(file.metadata == ["k": "v\n"])
    #expect(try file.shape("a.weight") == [2, 3])
    #expect(try file.floats("a.weight") == [1, -2, 3.5, .infinity, 0, .leastNonzeroMagnitude])
    #expect(try file.floats("b \"é\"") == [7])
    #expect(try file.floats("empty").isEmpty)
    #expect(throws: SafetensorsError.missingTensor(path: file.path, name: "c")) { try file.floats("c") }
  }

  @Test func everyCutIsRefused() throws {
    _ = try written()
    let whole = try folder.read("x.safetensors")
    for count in 0..<whole.count {
      let path = try folder.write(whole[..<count], to: "cut")
      #expect(throws: SafetensorsError.self, "\(count) bytes") { try SafetensorsFile(reading: path) }
    }
  }

  /// Any byte of the header may be any other: the file is refused, or gives tensors within its bounds.
  @Test func changedHeadersNeverReachOutside() throws {
    _ = try written()
    let whole = try folder.read("x.safetensors")
    for index in 0..<whole.count - 28 {
      for value: UInt8 in [0, 0x20, 0x22, 0x2D, 0x39, 0x5B, 0x7B, 0xFF] where whole[index] != value {
        var bytes = whole
        bytes[index] = value
        let path = try folder.write(bytes, to: "changed")
        guard let file = try? SafetensorsFile(reading: path) else { continue }
        for name in file.names {
          if let floats = try? file.floats(name) { #expect(floats.count <= 7) }
        }
      }
    }
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"[1]"#, #"{"a":1}"#, "",
  ])
  func headersThatLieAreRefused(_ header: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let path = try folder.write(length + Array(header.utf8) + [0, 0, 0, 0], to: "lie")
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(reading: path) }
  }

  @Test func aFileThatIsNotCommittedLeavesTheOldOne() throws {
    let path = try folder.write("old".utf8, to: "file")
    do {
      var file = try AtomicFile(path)
      try file.write(Array("new".utf8))
    }
    #expect(try folder.read("file") == Array("old".utf8))
    #expect(folder.names == ["file"])
    try AtomicFile.write(Array("new".utf8), to: path)
    #expect(try folder.read("file") == Array("new".utf8))
    #expect(folder.names == ["file"])
    #expect(throws: FileError.self) { try AtomicFile.write([], to: "\(folder.path)/none/file") }
  }
}
