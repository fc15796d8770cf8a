import Recurrent
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Pieces below and above the size of a block arrive in order.
  @Test func piecesArriveInOrder() throws {
    let path = "\(folder.path)/file"
    let pieces = [1, 3, (1 << 18) - 1, 1 << 18, 5, 300_000, 0, 7].enumerated().map { index, count in
      [UInt8](repeating: UInt8(index), count: count)
    }
    var file = try AtomicFile(path)
    for piece in pieces { try file.write(piece) }
    try file.overwrite([0xAA, 0xBB], at: 1)
    #expect(folder.names.count == 1 && folder.names != ["file"])
    try file.commit()
    var wanted = Array(pieces.joined())
    wanted.replaceSubrange(1..<3, with: [0xAA, 0xBB])
    #expect(try folder.read("file") == wanted)
    #expect(folder.names == ["file"])
  }

  /// A folder cannot be replaced by a file: the rename fails, and nothing is left.
  @Test func aFailedRenameLeavesNothing() throws {
    try folder.write([1], to: "place/inside")
    #expect(throws: FileError.self) { try AtomicFile.write([2], to: "\(folder.path)/place") }
    #expect(folder.names == ["place"])
    #expect(try folder.read("place/inside") == [1])
  }
}
