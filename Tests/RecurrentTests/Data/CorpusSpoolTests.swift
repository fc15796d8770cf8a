import Foundation
import Recurrent
import TestSupport
import Testing

@Suite struct CorpusSpoolTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Patterns are of the path below the folder, however the folder is written.
  @Test(arguments: ["", "/", "//"]) func patternsAreRelative(_ slash: String) throws {
    for name in ["docs/abc.txt", "docs/sub/abc.txt", "docs/xyz.txt"] { try folder.write([1], to: name) }
    for (pattern, count) in [("abc.*", 2), ("abc.txt", 2), ("sub/*", 1), ("*/abc.txt", 1), ("?yz.txt", 1)] {
      #expect(try Corpus(["\(folder.path)/docs\(slash)"], include: [pattern]).files.count == count, "\(pattern)")
    }
  }

  /// A pipe is read once, whatever is done with the corpus, and its copy goes with it.
  @Test func pipesAreCopied() throws {
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = ["-c", "printf 'a b c' > '\(pipe)'"]
    try writer.run()
    var corpus: Corpus? = try Corpus([pipe])
    let copy = try #require(corpus?.files.first)
    for _ in 0..<2 {
      var text: [UInt8] = []
      try corpus?.forEachChunk { text += Array($1) }
      #expect(text == Array("a b c".utf8))
    }
    #expect(corpus?.name(0) == pipe && copy != pipe)
    corpus = nil
    #expect(!FileManager.default.fileExists(atPath: copy))
  }

  @Test func whatIsEmptyIsRefused() throws {
    let path = try folder.write([], to: "empty")
    #expect(throws: CorpusError.empty(path: path)) { try Corpus([path]) }
    #expect(throws: CorpusError.empty(path: "/dev/null")) { try Corpus(["/dev/null"]) }
    try FileManager.default.createDirectory(atPath: "\(folder.path)/none", withIntermediateDirectories: true)
    #expect(throws: CorpusError.noMatch(folder: "\(folder.path)/none", include: [])) {
      try Corpus(["\(folder.path)/none"])
    }
  }

  @Test func offsetsAreThoseOfTheirFile() throws {
    let good = try folder.write("fine\n".utf8, to: "1")
    // Beyond the first chunk of a mebibyte, which ends within a character.
    let bad = try folder.write([0x61] + Array(String(repeating: "é", count: 600_000).utf8) + [0xFF], to: "2")
    #expect(throws: CorpusError.notUTF8(path: bad, offset: 1_200_001, byte: 0xFF)) {
      try Tokenizer(TokenizerOptions(.character), corpus: Corpus([good, bad]))
    }
    // A sequence is not finished by the next file.
    let cut = try folder.write([0x61, 0xC3], to: "3")
    let rest = try folder.write([0xA9], to: "4")
    #expect(throws: CorpusError.notUTF8(path: cut, offset: 1, byte: 0xC3)) {
      try Tokenizer(TokenizerOptions(.character), corpus: Corpus([cut, rest]))
    }
  }
}
