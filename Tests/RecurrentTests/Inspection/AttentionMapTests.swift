import Foundation
import Recurrent
import Testing

@Suite struct AttentionMapTests {
  static let map = AttentionMap(
    Translation(
      text: "<ab>", score: 0, logProbability: 0, finished: true, tokens: ["<", " 안"],
      attention: [[0, 0.5, 0.5], [1, 0, 0], [0.1, 0.2, 0.7]], sourceTokens: ["&", "녕x", "</s>"]))

  @Test func theTerminalShowsEachWeight() {
    let lines = Self.map.text(coloured: false).split(separator: "\n").map(String.init)
    #expect(
      lines == ["         < ", "         / ", "       녕s ", "     & x > ", "   <   ▒▒▒▒", " ␣안 ██    ", "</s>   ░░▓▓"])
    #expect(Self.map.text(coloured: true).contains("\u{1B}[48;5;27m  \u{1B}[0m"))
  }

  /// An escape character would reach the terminal, and no file of SVG may have it.
  @Test func controlCharactersAreShownAsSuch() {
    let map = AttentionMap(
      Translation(
        text: "", score: 0, logProbability: 0, finished: false, tokens: ["\u{1B}\r\n"], attention: [[1]],
        sourceTokens: ["\0\u{7F}\u{85}é"]))
    for text in [map.text(coloured: false), map.svg] {
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }
    #expect(map.svg.contains("␛␍⏎") && map.svg.contains("␀␡�é"))
  }

  @Test func theDrawingIsWellFormed() throws {
    for text in [Self.map.svg, AttentionMap.page([Self.map, Self.map])] {
      #expect(text.contains("&lt;") && text.contains("&amp;") && text.contains("fill-opacity=\"0.500\""))
    }
    #expect(Self.map.svg.components(separatedBy: "<title>").count == 10)
    #expect(AttentionMap.page([Self.map, Self.map]).components(separatedBy: "<figure>").count == 3)
  }
}
