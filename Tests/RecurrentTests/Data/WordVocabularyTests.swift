import Recurrent
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct WordVocabularyTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tokenizer(_ text: String, _ options: TokenizerOptions) throws -> Tokenizer {
    try Tokenizer(options, corpus: Corpus([folder.write(text.utf8, to: "text.txt")]))
  }

  @Test func rareWordsAreUnknown() throws {
    let text = "a a a b b c\n"
    for (least, kept) in [(1, 3), (2, 2), (3, 1), (4, 0)] {
      let tokenizer = try tokenizer(text, TokenizerOptions(.word, minimumCount: least))
      #expect(tokenizer.count == kept + 2)
      var encoder = tokenizer.encoder()
      var ids: [Int32] = []
      try Array(text.utf8).withUnsafeBytes { try encoder.encode($0, into: &ids) }
      try encoder.finish(into: &ids)
      #expect(ids == [2, 2, 2, 3, 3, 4, 1].map { $0 >= 2 + Int32(kept) ? 0 : $0 })
      #expect(encoder.unknownCount == [6, 3, 1, 0][kept])
    }
  }

  /// Equally frequent words are in the order of their bytes, and the last word of a file ends with it.
  @Test func filesDoNotRunIntoEachOther() throws {
    let paths = try [("1", "b a"), ("2", "b c")].map { try folder.write($1.utf8, to: $0) }
    let corpus = try Corpus(paths)
    let tokenizer = try Tokenizer(TokenizerOptions(.word), corpus: corpus)
    var ids: [Int32] = []
    try tokenizer.encode(corpus) { ids += $0 }
    #expect(tokenizer.count == 5 && ids == [2, 3, 2, 4])
  }

  /// A text of many chunks, with words across their borders, one of them longer than two chunks, and a file between.
  @Test func threadsReadTheSameWords() throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    var text = Array((0..<400_000).map { "w\($0 * 7919 % 5003)" + ($0 % 9 == 0 ? "\n" : " ") }.joined().utf8)
    text += Array(repeating: 120, count: 5 << 20) + Array(" \u{e9}nd \u{1F600}".utf8)
    let corpus = try Corpus([folder.write(text, to: "1"), folder.write("w1 w2".utf8, to: "2")])
    let results = try [1, 2, 5].map { threads in
      ThreadPool.shared.threads = threads
      let tokenizer = try Tokenizer(TokenizerOptions(.word, minimumCount: 2), corpus: corpus)
      var ids: [Int32] = []
      let unknown = try tokenizer.encode(corpus) { ids += $0 }
      return (tokenizer, ids, unknown)
    }
    for (tokenizer, ids, unknown) in results {
      #expect(tokenizer == results[0].0 && ids == results[0].1)
      // The long word, and the two after it.
      #expect(unknown == 3 && tokenizer.count == 5005)
    }
    // Without pieces: the definition.
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(results[0].1.count == lines.reduce(0) { $0 + $1.split(separator: " ").count } + lines.count - 1 + 2)
  }

  /// Where a byte is not UTF-8 is said by its offset in the file, whichever thread finds it.
  @Test(arguments: [3, 600_000, 2_500_000]) func badBytesAreFoundWhereTheyAre(offset: Int) throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let text = Array(repeating: UInt8(ascii: "a"), count: 3 << 20).enumerated().map { $0 % 6 == 5 ? 32 : $1 }
    let tokenizer = Tokenizer.word(WordVocabulary(["aaaaa"]))
    var bad = text
    bad[offset] = 0xC3
    let corpus = try Corpus([folder.write(bad, to: "bad")])
    for threads in [1, 4] {
      ThreadPool.shared.threads = threads
      #expect(throws: CorpusError.notUTF8(path: corpus.name(0), offset: offset, byte: 0xC3)) {
        try tokenizer.encode(corpus) { _ in }
      }
    }
  }

  @Test(arguments: [
    #"{"format":1,"tokenizer":"word","words":["a","a"]}"#, #"{"format":1,"tokenizer":"word","words":["a b"]}"#,
    #"{"format":1,"tokenizer":"word","words":[""]}"#, #"{"format":1,"tokenizer":"word"}"#,
    #"{"format":1,"tokenizer":"char","characters":[98,97]}"#, #"{"format":1,"tokenizer":"char","characters":[55296]}"#,
    #"{"format":1,"tokenizer":"char","characters":[-1]}"#, #"{"format":1,"tokenizer":"bpe","merges":[[97]]}"#,
    #"{"format":1,"tokenizer":"bpe","merges":[[97,256]]}"#, #"{"format":1,"tokenizer":"bpe","merges":[[97,-1]]}"#,
    #"{"format":1,"tokenizer":"runes"}"#,
  ])
  func vocabulariesThatNobodyWritesAreRefused(_ text: String) throws {
    let path = try folder.write(text.utf8, to: "vocabulary.json")
    #expect(throws: ModelFileError.self) { try Tokenizer(reading: path) }
  }

  /// Merges that double a text each time would need more memory than there is.
  @Test func mergesCannotGrowWithoutEnd() throws {
    let merges = [[97, 97]] + (256..<320).map { [$0, $0] }
    let text = #"{"format":1,"tokenizer":"bpe","merges":\#(merges)}"#
    let path = try folder.write(text.utf8, to: "vocabulary.json")
    #expect(throws: ModelFileError.self) { try Tokenizer(reading: path) }
  }
}
