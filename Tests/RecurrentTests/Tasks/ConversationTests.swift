import Recurrent
import TestSupport
import Tensors
import Testing

/// Answers that come in pieces, and what is read with a question.
@Suite struct ConversationTests {
  private func said(_ conversation: inout Conversation, _ question: String) throws -> [String] {
    var pieces: [String] = []
    let answer = try conversation.answer(question) {
      pieces.append($0)
      return true
    }
    #expect(pieces.joined() == answer && conversation.turns.last?.answer == answer)
    return pieces
  }

  @Test(arguments: TranslatorTests.changes.indices) func piecesAreTheLikeliestAnswer(_ index: Int) throws {
    let translator = TranslatorTests.translator(TranslatorTests.changes[index])
    for text in TranslatorTests.texts.prefix(6) {
      var conversation = Conversation(translator, Conversation.Options(length: 12))
      let pieces = try said(&conversation, text)
      #expect(try translator.translate([text], SearchOptions(beam: 1, length: 12))[0][0].text == pieces.joined())
      conversation.options.beam = 3
      let wider = try said(&conversation, text)
      #expect(try translator.translate([text], SearchOptions(beam: 3, length: 12))[0][0].text == wider.joined())
    }
  }

  @Test func answersComeTokenByTokenAndCanBeEnded() throws {
    var longest = 0
    for seed in 1...20 {
      let options = Conversation.Options(temperature: 2, length: 30, seed: UInt64(seed))
      var conversation = Conversation(TranslatorTests.translator(), options)
      let pieces = try said(&conversation, "cafe")
      longest = max(longest, pieces.count)
      #expect(pieces.dropFirst().allSatisfy { $0.hasPrefix(" ") && $0.count == 3 })
      var again = Conversation(TranslatorTests.translator(), options)
      var count = 0
      let cut = try again.answer("cafe") { _ in
        count += 1
        return count < 2
      }
      #expect(cut == pieces.prefix(2).joined())
    }
    #expect(longest > 3)
  }

  @Test func theSeedDecidesWhatIsDrawn() throws {
    let answers = try ([1, 1, 2] as [UInt64]).map { seed in
      var conversation = Conversation(
        TranslatorTests.translator(), Conversation.Options(temperature: 1.5, length: 20, seed: seed))
      return try said(&conversation, "face").joined() + said(&conversation, "face").joined()
    }
    #expect(answers[0] == answers[1] && answers[0] != answers[2])
  }

  /// The turns before a question stand before it, the oldest first, as many as there is room for.
  @Test func earlierTurnsAreReadWithTheQuestion() throws {
    for (maximumLength, history) in [(200, 1), (200, 2), (26, 2), (200, 0)] {
      let translator = TranslatorTests.translator(maximumLength: maximumLength)
      var options = Conversation.Options(length: 4, history: history)
      var conversation = Conversation(translator, options)
      let questions = ["ab", "face cab", "dead"]
      let answers = try questions.map { try said(&conversation, $0).joined() }
      var texts = [questions[0], answers[0], questions[1], answers[1]].suffix(2 * history) + [questions[2]]
      while texts.joined(separator: " ").count > maximumLength { texts.removeFirst(2) }
      options.history = 0
      var alone = Conversation(translator, options)
      #expect(try said(&alone, texts.joined(separator: " ")).joined() == answers[2])
      conversation.reset()
      #expect(conversation.turns.isEmpty)
      var fresh = Conversation(translator, options)
      #expect(try said(&conversation, "bad") == said(&fresh, "bad"))
    }
  }

  @Test func drawnAnswersMatch() throws {
    let constraint = try TokenConstraint(RegularExpression("(ka|ro)( mi){2,3}"), TranslatorTests.target)
    var answers: Set<String> = []
    for seed in 1...30 {
      var conversation = Conversation(
        TranslatorTests.translator(), Conversation.Options(temperature: 2, length: 3 + seed % 3, seed: UInt64(seed)),
        constraint: constraint)
      answers.insert(try said(&conversation, "cafe").joined())
    }
    #expect(answers.isSubset(of: ["ka mi mi", "ro mi mi", "ka mi mi mi", "ro mi mi mi"]) && answers.count > 2)
    var short = Conversation(TranslatorTests.translator(), Conversation.Options(length: 2), constraint: constraint)
    #expect(throws: ConstraintError.tooLong(least: 3, most: 2)) { try short.answer("cafe") { _ in true } }
  }
}
