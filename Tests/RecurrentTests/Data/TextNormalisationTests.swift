import Recurrent
import Testing

@Suite struct TextNormalisationTests {
  @Test(
    arguments: [
      ("Call 0800-123 NOW!", "call 0000 - 000 ⇪ now !"),
      ("I don't; DON'T", "i don't ; ⇪ don't"),
      ("'quoted' it's 'S", "' quoted ' it's ' s"),
      ("WIN £1000CASH or 2GB", "⇪ win £ ⇪ 0000cash or ⇪ 0gb"),
      ("A B iPHONE U2 ÄRGER İSTANBUL", "a b iphone u0 ⇪ ärger ⇪ i̇stanbul"),
      ("東京TOKYO ΔΣ ٣٤", "東京tokyo ⇪ δσ 00"),
      ("", ""),
    ])
  func words(text: String, expected: String) {
    let words = TextNormalisation.words(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words == expected)
  }

  /// White space of the text stays, so that lines stay lines.
  @Test func whiteSpaceStays() {
    #expect(TextNormalisation.words("a\n\tb,  c") == "a\n\tb ,   c")
    #expect(TextNormalisation(lowercase: true)("A,B\r\nC") == "a,b\r\nc")
  }

  @Test func nothingIsChangedByNone() {
    let text = "Any Thing, 12 'AT' ALL\u{0}é"
    #expect(TextNormalisation.none(text) == text)
  }

  /// What is normalised stays as it is, but that small letters no longer say what were capitals.
  @Test func oncePlainIsAsGoodAsTwice() {
    let plain = TextNormalisation(lowercase: true, digits: true, punctuation: true)
    let once = plain("Über 12.5 % OF it's -- FINE…")
    let twice = plain(once)
    #expect(once.split(separator: " ") == twice.split(separator: " "))
  }
}
