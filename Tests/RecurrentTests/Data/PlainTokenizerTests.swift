import Recurrent
import Testing

@Suite struct PlainTokenizerTests {
  @Test(arguments: [
    ("", ""),
    (" \t\u{A0} ", ""),
    ("Ana vive en Oslo.", "Ana|vive|en|Oslo|."),
    ("(¿Qué?)", "(|¿|Qué|?|)"),
    ("O'Neill, vice-president & co", "O'Neill|,|vice-president|&|co"),
    ("3.5 1,000 12:30 a,b 1/2", "3.5|1,000|12:30|a|,|b|1/2"),
    ("J. Smith en EE.UU. y Oslo.", "J.|Smith|en|EE.UU.|y|Oslo|."),
    ("so... well -- 'quoted'", "so|...|well|--|'|quoted|'"),
    ("A... 3. x.y.", "A|...|3|.|x.y."),
    ("e\u{301}te\u{301}!", "e\u{301}te\u{301}|!"),
    ("日本語。", "日本語|。"),
    ("a\u{1F600}b", "a|\u{1F600}|b"),
  ])
  func cuts(_ text: String, _ expected: String) {
    let tokens = PlainTokenizer.tokens(text).map(\.text)
    #expect(tokens.joined(separator: "|").unicodeScalars.elementsEqual(expected.unicodeScalars), "\(tokens)")
  }

  private func isSpace(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    scalars.allSatisfy { $0.properties.isWhitespace }
  }

  /// Whatever the text: tokens stand where they say, in order, and all between them is white space.
  @Test func everythingButSpaceIsInOneToken() {
    let alphabet = Array(" .,'-aZé1\u{301}:/\u{1F600}\n\u{2019}…日").flatMap(\.unicodeScalars)
    var state: UInt64 = 9
    for _ in 0..<500 {
      var view = String.UnicodeScalarView()
      for _ in 0..<20 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        view.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      let text = String(view)
      let (scalars, bytes) = (Array(text.unicodeScalars), Array(text.utf8))
      var (scalar, byte) = (0, 0)
      for token in PlainTokenizer.tokens(text) {
        #expect(token.scalars.lowerBound >= scalar && token.bytes.lowerBound >= byte)
        #expect(isSpace(scalars[scalar..<token.scalars.lowerBound]))
        #expect(scalars[token.scalars].elementsEqual(token.text.unicodeScalars))
        #expect(bytes[token.bytes].elementsEqual(token.text.utf8))
        #expect(scalars[token.scalars].allSatisfy { !$0.properties.isWhitespace })
        (scalar, byte) = (token.scalars.upperBound, token.bytes.upperBound)
      }
      #expect(isSpace(scalars[scalar...]))
    }
  }
}
