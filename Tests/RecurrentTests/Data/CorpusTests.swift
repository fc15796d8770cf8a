import Foundation
import Recurrent
import TestSupport
import Testing

@Suite struct CorpusTests {
  @Test(arguments: [
    ("*.swift", "a/b.swift", true), ("*.swift", "b.swiftx", false), ("a/*.swift", "a/b.swift", true),
    ("a/*.swift", "a/c/b.swift", false), ("a/**/*.swift", "a/c/d/b.swift", true), ("a/**/*.swift", "a/b.swift", true),
    ("?.txt", "x.txt", true), ("?.txt", "xy.txt", false), ("[a-c]*.txt", "b1.txt", true),
    ("[!a-c]*.txt", "b1.txt", false),
    ("[a", "[a", true), ("**", "a/b/c", true), ("", "a", false),
  ])
  func globs(_ pattern: String, _ path: String, _ matches: Bool) {
    #expect(Glob(pattern).matches(path) == matches)
  }

  @Test func foldersAreReadInOrderWithoutHiddenFilesAndLoops() throws {
    let folder = try TemporaryFolder()
    for name in ["z.txt", "a/b.txt", "a/.hidden.txt", ".git/c.txt", "a/d.md", "B.txt"] {
      try folder.write(Array("\(name);".utf8), to: ".root/\(name)")
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/.root/a/loop", withDestinationPath: "\(folder.path)/.root")
    let corpus = try Corpus(["\(folder.path)/.root"], include: ["*.txt"])
    var text: [UInt8] = []
    try corpus.forEachChunk { text += Array($1) }
    #expect(String(decoding: text, as: UTF8.self) == "B.txt;a/b.txt;z.txt;")
    #expect(corpus.byteCount == text.count)
    #expect(throws: CorpusError.noMatch(folder: folder.path, include: ["*.none"])) {
      try Corpus([folder.path], include: ["*.none"])
    }
    #expect(throws: CorpusError.file(.missing(path: "/none"))) { try Corpus(["/none"]) }
  }

  @Test(arguments: [1, 3, 200, 300, 70_000])
  func tokenFilesTakeAsFewBytesAsTheVocabularyNeeds(_ words: Int) throws {
    let folder = try TemporaryFolder()
    let text = (0..<words).map { "w\($0)" }.joined(separator: " ")
    let corpus = try Corpus([folder.write(text.utf8, to: "text.txt")])
    let tokenizer = try Tokenizer(TokenizerOptions(.word), corpus: corpus)
    let path = "\(folder.path)/tokens.bin"
    try TokenFile.write(corpus, tokenizer: tokenizer, to: path)
    let file = try TokenFile(reading: path)
    #expect(file.width == (words + 2 <= 256 ? 1 : words + 2 <= 65_536 ? 2 : 4))
    #expect(file.count == words && file.byteCount == text.utf8.count)
    #expect(try file.ids(0..<words) == tokenizer.encode(Array(text.utf8)))
    let whole = try folder.read("tokens.bin")
    for count in stride(from: 0, to: whole.count, by: max(1, whole.count / 50)) {
      let cut = try folder.write(whole[..<count], to: "cut")
      #expect(throws: TokenFileError.self) { try TokenFile(reading: cut) }
    }
    var wild = whole
    wild[wild.count - 1] = 0xFF
    let path2 = try folder.write(wild, to: "wild")
    #expect(throws: TokenFileError.self) {
      let file = try TokenFile(reading: path2)
      // In a vocabulary of fewer than 256 (or 65,536) tokens, the last one is outside.
      _ = try file.ids(0..<file.count)
    }
  }

  @Test(arguments: [(101, 4, 7), (100, 5, 19), (50, 1, 49), (33, 2, 5)])
  func streamsAreContiguous(_ count: Int, _ batch: Int, _ window: Int) throws {
    let folder = try TemporaryFolder()
    let corpus = try Corpus([folder.write((0..<count).map { UInt8($0) }, to: "bytes")])
    try TokenFile.write(corpus, tokenizer: .byte, to: "\(folder.path)/tokens")
    let file = try TokenFile(reading: "\(folder.path)/tokens")
    let streams = try TokenStreams(range: 0..<count, batch: batch, window: window)
    var rows = [[Int32]](repeating: [], count: batch)
    for index in 0..<streams.windows {
      let (inputs, targets) = try streams.read(index, from: file)
      let time = streams.time(index)
      #expect(targets == inputs.map { $0 + 1 })
      for row in 0..<batch { rows[row] += inputs[row * time..<(row + 1) * time] }
    }
    // Row after row, every token but the last few is an input once, in order.
    #expect(rows.joined().map { Int($0) } == Array(0..<batch * ((count - 1) / batch)))
    #expect(throws: TokenStreamsError.tooShort(tokens: 10, batch: 2, window: 5)) {
      try TokenStreams(range: 0..<10, batch: 2, window: 5)
    }
  }
}
