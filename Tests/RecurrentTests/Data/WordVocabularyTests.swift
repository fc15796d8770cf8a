import Recurrent
import TestSupport
import Testing

@Suite struct WordVocabularyTests {
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
