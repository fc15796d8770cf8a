import Recurrent
import TestSupport
import Testing

/// Where pairs stand in files, and files that are none.
@Suite struct PairFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, _ name: String, _ columns: PairColumns = PairColumns()) throws -> PairFile {
    try PairFile(reading: folder.write(text.utf8, to: name), columns: columns)
  }

  /// A first row is a pair unless a column is asked for by name.
  @Test func headersAreNamedOrNot() throws {
    let plain = try read("a\tb\nc d\t\n", "pairs.tsv")
    #expect(plain.sources == ["a", "c d"] && plain.targets == ["b", ""] && plain.lines == [1, 2])
    let named = try read("A,Q\nanswer,question\n", "chat.csv", PairColumns(source: "Q", target: "A"))
    #expect(named.sources == ["question"] && named.targets == ["answer"])
    let header = try read("x,y\n1,2\n", "pairs.csv", PairColumns(header: true))
    #expect(header.sources == ["1"] && header.targets == ["2"])
    let turned = try read("x,y\n1,2\n", "turned.csv", PairColumns(source: "2", target: "1"))
    #expect(turned.sources == ["y", "2"] && turned.targets == ["x", "1"])
    let lines = try read("{\"target\": \"t\", \"source\": \"s\"}\n", "pairs.jsonl")
    #expect(lines.sources == ["s"] && lines.targets == ["t"])
    #expect(throws: PairError.columns(path: folder.path + "/one.tsv")) { try read("a\nb\n", "one.tsv") }
    #expect(throws: TableError.self) { try read("a,b\n", "pairs.csv", PairColumns(source: "Q")) }
  }

  @Test func filesStandBesideEachOther() throws {
    let source = try folder.write("eins\r\n\nzwei\r\n".utf8, to: "a.de")
    let target = try folder.write("one\n\ntwo\n".utf8, to: "a.en")
    let file = try PairFile(source: source, target: target)
    #expect(file.sources == ["eins", "", "zwei"] && file.targets == ["one", "", "two"])
    #expect(file.subset([2]).sources == ["zwei"] && file.subset([2]).lines == [3])
    let short = try folder.write("one\n".utf8, to: "b.en")
    #expect(throws: PairError.unequalLines(source: source, lines: 3, target: short, targetLines: 1)) {
      try PairFile(source: source, target: short)
    }
  }

  @Test func pairsAreStoredAsTheyAre() throws {
    let path = folder.path + "/pairs.safetensors"
    for pairs in [
      SequencePairs(sources: [[1, 2], [], [3]], targets: [[], [4], [5, 6, 7]]),
      SequencePairs(sources: [[1, 2], []], targets: [[9], []], copies: [[-1, 8], []]),
    ] {
      try pairs.write(to: path)
      #expect(try SequencePairs(reading: path) == pairs)
    }
    let whole = try folder.read("pairs.safetensors")
    for cut in stride(from: 0, to: whole.count, by: 7) {
      try folder.write(whole.prefix(cut), to: "pairs.safetensors")
      #expect(throws: (any Error).self) { try SequencePairs(reading: path) }
    }
  }
}
