import Recurrent
import Testing

@Suite struct TranslationScoresTests {
  /// Two spellings of é are one string to Swift, and to no other score: all of them tell the two apart.
  @Test func spellingsAreComparedByTheirBytes() {
    var scores = TranslationScores()
    scores.add("un caf\u{E9} noir", references: ["un cafe\u{301} noir"], .byte)
    #expect(scores.exact == 0 && scores.words.edits == 1 && scores.words.elements == 3)
    #expect(scores.tokens.edits > 0 && scores.bleu.matches[0] == 2)
  }

  /// Bytes that are no text by themselves are not all the same: of 안 (EC 95 88) and 녕 (EB 85 95) none.
  @Test func tokensAreComparedByTheirBytes() {
    var scores = TranslationScores()
    scores.add("안", references: ["녕"], .byte)
    #expect(scores.tokens.edits == 3 && scores.tokens.rate == 1)
  }

  /// White space at the ends and between words counts for nothing but characters.
  @Test func whiteSpace() {
    var scores = TranslationScores()
    scores.add(" a b\n", references: ["x", "a b"], .byte)
    #expect(scores.exact == 1 && scores.words.rate == 0 && scores.count == 1)
  }
}
