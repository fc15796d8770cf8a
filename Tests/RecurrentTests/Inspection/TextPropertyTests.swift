import Recurrent
import TestSupport
import Testing

@Suite struct TextPropertyTests {
  /// 1 or 0 for each character, `-` for unknown, of a text of ASCII by bytes.
  private func marks(_ property: TextProperty, _ text: String, _ tokenizer: Tokenizer = .byte) throws -> String {
    let read = try InspectedText(Array(text.utf8), tokenizer, name: "text")
    return try property.values(read).map { $0.map { String(Int($0)) } ?? "-" }.joined()
  }

  @Test func quotesOpenAndClose() throws {
    #expect(try marks(.quotes, "a \"bc\" d") == "00111000")
    // A quotation that is never closed ends with the paragraph.
    #expect(try marks(.quotes, "\"a\nb\n\nc") == "1111100".prefix(5) + "00")
  }

  @Test func quotationMarksOfBooks() throws {
    let text = "„a“ b “c” «d» „e“"
    let tokenizer = Tokenizer.character(CharacterVocabulary(Array(Set(text.unicodeScalars.map(\.value))).sorted()))
    #expect(try marks(.quotes, text, tokenizer) == "11000011001100110".prefix(17))
  }

  @Test func bracketsNest() throws {
    #expect(try marks(.brackets, "a(b[c]d)e)f(") == "011111100001")
    #expect(try marks(.brackets, "(a\n\nb") == "11100")
  }

  @Test func positionsCountFromTheLine() throws {
    #expect(try marks(.position, "abc\nde") == "123012")
  }

  @Test func theNextIsACapital() throws {
    #expect(try marks(.capital, "a Bc D") == "010010".dropLast() + "-")
  }

  @Test func matchesAreTheLongestFromTheLeft() throws {
    #expect(try marks(TextProperty("[0-9]+"), "a12b3") == "01101")
    #expect(try marks(TextProperty("ab|abcd"), "abcdab") == "111111")
    #expect(try marks(TextProperty("x*"), "axxa") == "0110")
    #expect(throws: RegularExpressionError.self) { try TextProperty("(") }
  }

  /// Words have white space between them, which is no part of a token, and count from where they stand.
  @Test func wordsStandWhereTheyAreWritten() throws {
    let tokenizer = Tokenizer.word(WordVocabulary(["say", "The"]))
    let read = try InspectedText(Array("say  \"The cat\"\nThe".utf8), tokenizer, name: "text")
    #expect(read.pieces.prefix(5) == ["say", "\"The", "cat\"", "\n", "The"])
    #expect(try Array(TextProperty.quotes.values(read).prefix(5)) == [0, 1, 0, 0, 0])
    #expect(try Array(TextProperty.position.values(read).prefix(5)) == [3, 9, 14, 0, 3])
    #expect(try Array(TextProperty.capital.values(read).prefix(4)) == [0, 0, 0, 1])
  }

  /// Bytes that are no text are read one by one.
  @Test func bytesNeedNotBeText() throws {
    let read = try InspectedText([0xFF, 0x22, 0x61, 0xC3], .byte, name: "bytes")
    #expect(try TextProperty.quotes.values(read) == [0, 1, 1, 1])
    let cut = try InspectedText(Array("abcdef".utf8), .byte, name: "text", most: 3)
    #expect(cut.tokens == [97, 98, 99] && cut.pieces == ["a", "b", "c"] && cut.bytes.count == 3)
  }
}
