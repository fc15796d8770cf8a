import Foundation
import Recurrent
import Testing

/// BLEU and chrF against sacreBLEU: `Tests/Golden/translation_scores.json`, made by `make_translation_scores.py`.
@Suite struct BLEUTests {
  struct Case: Decodable {
    var name: String
    var outputs: [String]
    /// `[sentence][reference]`
    var references: [[String]]
    var bleu: Double
    var chrf: Double
  }

  struct Tokenised: Decodable {
    var text: String
    var words: [String]
  }

  struct File: Decodable {
    var cases: [Case]
    var tokenised: [Tokenised]
  }

  private func file() throws -> File {
    let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try JSONDecoder().decode(
      File.self, from: Data(contentsOf: URL(fileURLWithPath: "/\(tests)/Golden/translation_scores.json")))
  }

  /// Both are computed in double precision from the same counts.
  @Test func scoresAreThoseOfSacreBLEU() throws {
    let cases = try file().cases
    #expect(cases.count >= 10)
    for one in cases {
      var (bleu, chrf) = (BLEU(), ChrF())
      for (output, references) in zip(one.outputs, one.references) {
        bleu.add(output, references: references)
        chrf.add(output, references: references)
      }
      #expect(abs(bleu.score - one.bleu) < 1e-9, "\(one.name) BLEU \(bleu.score), sacreBLEU \(one.bleu)")
      #expect(abs(chrf.score - one.chrf) < 1e-9, "\(one.name) chrF \(chrf.score), sacreBLEU \(one.chrf)")
    }
  }

  @Test func wordsAreThoseOfSacreBLEU() throws {
    for one in try file().tokenised { #expect(MTEvalTokenizer.words(one.text) == one.words, "\(one.text)") }
  }
}
