import Recurrent
import Testing

@Suite struct ColouredTextTests {
  private static func text() throws -> ColouredText {
    let read = try InspectedText(Array("a<\n\u{1B}b".utf8), .byte, name: "text")
    return ColouredText(read, [1, -1, 0, 0.5, -0.25], range: 0..<5, bounded: true)
  }

  @Test func digitsStandBelowTheText() throws {
    // Tenths of the way from -1 to 1.
    #expect(try Self.text().digits == "a<⏎\n905\n␛b\n73")
  }

  @Test func aTerminalGetsNoControlCharacterOfTheText() throws {
    let coloured = try Self.text().coloured
    #expect(coloured.hasPrefix("\u{1B}[48;5;166;38;5;231ma\u{1B}[0m\u{1B}[48;5;27;38;5;231m<\u{1B}[0m"))
    #expect(!coloured.contains("\u{1B}b") && coloured.contains("␛"))
  }

  @Test func pagesAndDrawingsAreWellFormed() throws {
    let text = try Self.text()
    for drawing in [text.html, text.svg(title: "x & y"), ColouredText.htmlKey] {
      #expect(WellFormed.check(drawing) && !drawing.contains("\u{1B}"))
    }
    #expect(text.html.contains("rgba(234, 100, 20, 0.85)\" title=\"1.00\">a<"))
    #expect(text.svg(title: "").contains("&lt;"))
  }

  /// Of 5 to 25, the quantiles of 5 % and 95 % are 6 and 24, also where not all are shown.
  @Test func unboundedNumbersAreScaled() throws {
    let read = try InspectedText(Array(repeating: 97, count: 21), .byte, name: "text")
    let numbers = (5...25).map(Float.init)
    let values = ColouredText(read, numbers, range: 0..<11, bounded: false).values
    #expect(values.count == 11 && values[0] == -1 && values[1] == -1 && values[10] == 0)
    #expect(abs(values[4] - (2 * 3.0 / 18 - 1)) < 1e-12)
    let constant = ColouredText(read, Array(repeating: 7, count: 21), range: 0..<2, bounded: false)
    #expect(constant.values == [0, 0])
  }

  @Test func wordsKeepTheirSpaces() throws {
    let read = try InspectedText(Array("to be\nor".utf8), .word(WordVocabulary(["to"])), name: "text")
    let lines = ColouredText(read, Array(repeating: 0, count: read.tokens.count), range: 0..<4, bounded: true).digits
    #expect(lines == "to be⏎\n5  5 5\nor\n5")
  }
}
