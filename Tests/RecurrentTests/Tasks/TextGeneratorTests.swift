import Recurrent
import TestSupport
import Testing

@Suite struct TextGeneratorTests {
  let folder: TemporaryFolder
  let tokenizer: Tokenizer
  let model: LanguageModel

  init() throws {
    folder = try TemporaryFolder()
    let corpus = try Corpus([folder.write("abcdé😀\n".utf8, to: "text.txt")])
    tokenizer = try Tokenizer(TokenizerOptions(.character), corpus: corpus)
    model = LanguageModel(LanguageModelConfiguration(vocabulary: tokenizer.count, hidden: 8), seed: 4)
  }

  private func generate(
    _ tokenizer: Tokenizer, _ model: LanguageModel, prompt: String = "ab", length: Int = 200, stops: [String] = [],
    seed: UInt64 = 3
  ) throws -> [String] {
    var generator = TextGenerator(model, tokenizer, SamplingOptions(temperature: 1.5, seed: seed))
    var pieces: [String] = []
    try generator.generate(prompt: prompt, length: length, stops: stops) {
      pieces.append($0)
      return true
    }
    return pieces
  }

  @Test func theTextDependsOnTheSeedAlone() throws {
    let text = try generate(tokenizer, model).joined()
    #expect(text.unicodeScalars.count == 200)
    #expect(try generate(tokenizer, model).joined() == text)
    #expect(try generate(tokenizer, model, seed: 9).joined() != text)
    let short = try generate(tokenizer, model, length: 50).joined()
    #expect(short.unicodeScalars.elementsEqual(text.unicodeScalars.prefix(50)))
    #expect(try generate(tokenizer, model, length: 0).isEmpty)
  }

  /// With every string of one to four tokens that occurs as the stop, the text is what stands before its first place.
  @Test func stopsCutTheTextAtTheirFirstPlace() throws {
    for (tokenizer, model) in [(tokenizer, model), byteModel] {
      let whole = try generate(tokenizer, model).joined()
      let scalars = Array(whole.unicodeScalars)
      for length in 1...4 {
        for start in stride(from: 0, to: 60, by: 7) {
          var stop = ""
          stop.unicodeScalars.append(contentsOf: scalars[start..<start + length])
          // A byte model's replacement characters stand for no certain bytes.
          if stop.contains("\u{FFFD}") { continue }
          let place = try #require(Array(whole.utf8).firstRange(of: Array(stop.utf8)))
          let found = try generate(tokenizer, model, stops: [stop, "never there"]).joined()
          #expect(Array(found.utf8) == Array(Array(whole.utf8)[..<place.lowerBound]), "\(stop)")
        }
      }
      // The beginning of a stop string at the end of the text is not lost.
      let end = String(whole.suffix(1)) + "never there"
      #expect(try generate(tokenizer, model, stops: [end]).joined() == whole)
    }
  }

  private var byteModel: (Tokenizer, LanguageModel) {
    (.byte, LanguageModel(LanguageModelConfiguration(vocabulary: 256, hidden: 8), seed: 4))
  }

  /// Random bytes are rarely UTF-8; each piece is whole all the same.
  @Test func everyPieceIsWholeText() throws {
    let (byte, model) = byteModel
    let pieces = try generate(byte, model, length: 2000)
    let text = pieces.joined()
    #expect(text.contains("\u{FFFD}") && pieces.count > 100)
    #expect(pieces.allSatisfy { String(validating: Array($0.utf8), as: UTF8.self) != nil })
  }

  @Test func theUnknownTokenIsNeverWritten() throws {
    #expect(try !generate(tokenizer, model, length: 3000).joined().contains("\u{FFFD}"))
  }

  @Test func anUnseenCharacterIsRefused() {
    #expect(throws: CorpusError.unknownCharacter("x", offset: 3)) {
      try generate(tokenizer, model, prompt: "éax")
    }
  }

  @Test func whoeverTakesTheTextCanEndIt() throws {
    var generator = TextGenerator(model, tokenizer, SamplingOptions())
    var count = 0
    try generator.generate(prompt: "", length: 100, stops: []) { _ in
      count += 1
      return count < 5
    }
    #expect(count == 5)
  }
}
