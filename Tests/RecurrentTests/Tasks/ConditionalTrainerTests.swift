import Recurrent
import TestSupport
import Tensors
import Testing

/// A language model that is told a label and a number: that it listens, and that telling it for good is the same.
@Suite(.timeLimit(.minutes(3))) struct ConditionalTrainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Texts of one letter, which the label decides, as often as the number says.
  static func table(_ count: Int) -> String {
    "text,letter,times\n"
      + (0..<count).map { index in
        let (letter, times) = (index % 2 == 0 ? "a" : "b", 2 + index / 2 % 4)
        return String(repeating: letter, count: times) + ",\(letter),\(times)\n"
      }.joined()
  }

  private func prepare(_ name: String, epochs: Int = 3) throws -> ModelFolder {
    let table = try Table(reading: folder.write(Self.table(160).utf8, to: "\(name).csv"))
    let condition = try TextCondition(table, labels: ["letter"], numbers: ["times"], text: "text")
    #expect(condition.features == 3)
    let rows = try condition.rows(table)
    let tokenizer = Tokenizer.character(CharacterVocabulary("ab\n".unicodeScalars.map(\.value)))
    let made = ModelFolder("\(folder.path)/\(name)")
    try ConditionalTrainer.prepare(
      made, tokenizer: tokenizer,
      configuration: LanguageModelConfiguration(
        vocabulary: tokenizer.count, embedding: 8, hidden: 16, condition: condition),
      training: ConditionedTexts(rows, tokenizer), validation: ConditionedTexts(Array(rows.prefix(40)), tokenizer),
      options: TrainingOptions(batch: 16, budget: .epochs(epochs), rate: 2e-2))
    return made
  }

  @discardableResult
  private func train(_ made: ModelFolder, stoppingAt step: Int? = nil) throws -> LanguageModel {
    var trainer = try ConditionalTrainer(made)
    var steps = 0
    try trainer.train { event in
      if case .step = event { steps += 1 }
    } shouldStop: {
      step == steps
    }
    return trainer.checkpoint.model
  }

  @Test func theModelListens() throws {
    let made = try prepare("model", epochs: 40)
    try train(made)
    for letter in ["a", "b"] {
      for times in 2...5 {
        let (model, tokenizer) = try made.languageModel(weights: .float32, condition: [letter, "\(times)"])
        #expect(model.configuration.condition == nil)
        var generator = TextGenerator(model, tokenizer, SamplingOptions(temperature: 0))
        var text = ""
        try generator.generate(prompt: "", length: 20, stops: ["\n"]) {
          text += $0
          return true
        }
        #expect(text == String(repeating: letter, count: times))
      }
    }
    #expect(throws: ConditionError.self) { try made.languageModel() }
    #expect(throws: ConditionError.self) { try made.languageModel(weights: .float32, condition: ["a"]) }
    #expect(throws: ConditionError.self) { try made.languageModel(weights: .float32, condition: ["c", "2"]) }
    #expect(throws: ConditionError.self) { try made.languageModel(weights: .float32, condition: ["a", "two"]) }
  }

  /// The vector in the bias of the first layer gives the cross-entropy of the vector beside each token: sums of another
  /// order, of a dozen terms below 1.
  @Test func toldForGoodIsTheSame() throws {
    let model = try train(prepare("model"))
    let rows: [(tokens: [Int32], vector: [Float])] = [([1, 1, 2], [1, 0, 0.5]), ([2], [0, 1, -1]), ([], [0, 0, 0])]
    for row in rows {
      let texts = ConditionedTexts(tokens: [row.tokens], vectors: [row.vector])
      let told = model.evaluate(texts, lineEnd: 1).nats
      let own = model.conditioned(on: row.vector)
      var state = own.zeroState(batch: 1)
      // The line's end, which begins the text too, has the id of the smallest scalar.
      let losses = own.crossEntropies([1] + row.tokens + [1], batch: 1, state: &state)
      #expect(abs(told - losses.reduce(0) { $0 + Double($1) }) < 1e-4)
    }
  }

  @Test func aRunThatIsStoppedEndsWithTheSameBits() throws {
    let whole = try train(prepare("whole"))
    let cut = try prepare("cut")
    try train(cut, stoppingAt: 13)
    let resumed = try train(cut)
    #expect(whole.parameters.count == 8 && whole.parameters.last?.name == "condition.weight")
    #expect(zip(whole.parameters, resumed.parameters).allSatisfy { $0.tensor == $1.tensor })
  }

  /// With its vectors beside those of the tokens: the derivative through the table of the condition.
  @Test func derivatives() throws {
    let condition = TextCondition(columns: [.number(name: "x", mean: 0, deviation: 1)], text: "text")
    let model = LanguageModel(
      LanguageModelConfiguration(vocabulary: 4, embedding: 3, hidden: 3, condition: condition), seed: 3)
    let texts = ConditionedTexts(tokens: [[2, 3], [3]], vectors: [[0.7], [-0.4]])
    let check = DerivativeCheck(model) { $0.loss(texts, [0, 1], lineEnd: 1) }
    #expect(check.worst < 1, "\(check)")
  }
}
