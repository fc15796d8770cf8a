import Recurrent
import Testing

/// Counts as conlleval makes them, worked by hand.
@Suite struct EntityScoresTests {
  private func scores(_ sentences: [(String, String)]) -> EntityScores {
    var scores = EntityScores()
    for (gold, predicted) in sentences {
      scores.add(
        gold: gold.split(separator: " ").map(String.init), predicted: predicted.split(separator: " ").map(String.init))
    }
    return scores
  }

  @Test(arguments: [
    // gold, predicted; chunks there are, found, right; tokens right.
    ("B-X I-X O", "B-X I-X O", 1, 1, 1, 3),
    ("B-X I-X O", "B-X O O", 1, 1, 0, 2),
    ("B-X I-X O", "B-X I-X I-X", 1, 1, 0, 2),
    ("B-X I-X O", "O B-X O", 1, 1, 0, 1),
    ("B-X I-X O", "O O O", 1, 0, 0, 1),
    ("O O O", "B-X O B-X", 0, 2, 0, 1),
    // The type is part of a chunk.
    ("B-X I-X O", "B-Y I-Y O", 1, 1, 0, 1),
    ("B-X I-X O", "B-X I-Y O", 1, 2, 0, 2),
    ("B-X B-Y O", "B-X I-Y O", 2, 2, 2, 2),
    // I after O starts a chunk, so the chunk is right though its tag is not.
    ("O B-X I-X", "O I-X I-X", 1, 1, 1, 2),
    ("B-X O", "I-X O", 1, 1, 1, 1),
    // Chunks that touch.
    ("B-X B-X O", "B-X I-X O", 2, 1, 0, 2),
    ("B-X I-X B-X", "B-X I-X I-X", 2, 1, 0, 2),
    ("B-X B-X", "B-X B-X", 2, 2, 2, 2),
    // Starts alike, or ends alike, is not right.
    ("B-X I-X I-X B-Y", "B-X I-X B-X B-Y", 2, 3, 1, 3),
    ("B-X I-X", "O I-X", 1, 1, 0, 1),
    // Other schemes.
    ("S-X B-X E-X", "S-X B-X E-X", 2, 2, 2, 3),
    ("S-X B-X E-X", "B-X I-X E-X", 2, 1, 0, 1),
    ("B-X E-X S-X", "B-X I-X S-X", 2, 2, 2, 2),
  ])
  func counts(_ gold: String, _ predicted: String, _ there: Int, _ found: Int, _ right: Int, _ tokens: Int) {
    let scores = scores([(gold, predicted)])
    #expect(scores.overall == DetectionCounts(gold: there, predicted: found, correct: right))
    #expect(scores.correctTokens == tokens)
  }

  /// A chunk does not go on in the next sentence.
  @Test func ratesOfSeveralSentences() throws {
    let scores = scores([
      ("B-X I-X", "B-X I-X"), ("I-X O B-Y", "I-X O B-X"), ("B-Y I-Y O O B-Z", "B-Y I-Y O O O"), ("O", "O"),
    ])
    #expect(scores.tokens == 11 && scores.tokenAccuracy == 9.0 / 11)
    #expect(scores.perType.keys.sorted() == ["X", "Y", "Z"])
    #expect(scores.perType["X"] == DetectionCounts(gold: 2, predicted: 3, correct: 2))
    #expect(scores.perType["Y"] == DetectionCounts(gold: 2, predicted: 1, correct: 1))
    #expect(scores.perType["Z"] == DetectionCounts(gold: 1, predicted: 0, correct: 0))
    #expect(scores.precision == 3.0 / 4 && scores.recall == 3.0 / 5)
    // 2 * 3/4 * 3/5 / (3/4 + 3/5) = 2 * 3 / (4 + 5).
    #expect(scores.f1 == 6.0 / 9)
    let z = try #require(scores.perType["Z"])
    #expect(z.precision == 0 && z.recall == 0 && z.f1 == 0)
    #expect(EntityScores().f1 == 0 && EntityScores().tokenAccuracy == 0)
  }

  /// Tags that are no chunks: each token counts as one, even where a tag looks like one of a chunk.
  @Test func plainTags() {
    var scores = EntityScores(plain: true)
    scores.add(gold: ["DET", "NOUN", "I", "I", "O"], predicted: ["DET", "VERB", "I", "O", "O"])
    #expect(scores.tokenAccuracy == 0.6 && scores.precision == 0.6 && scores.recall == 0.6)
    #expect(scores.perType["I"] == DetectionCounts(gold: 2, predicted: 1, correct: 1))
    #expect(scores.perType["O"] == DetectionCounts(gold: 1, predicted: 2, correct: 1))
    #expect(scores.perType["VERB"] == DetectionCounts(gold: 0, predicted: 1, correct: 0))
  }
}
