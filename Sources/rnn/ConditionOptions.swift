import ArgumentParser
import Recurrent
import Tensors

/// What a language model is told beside the text.
struct ConditionOptions: ParsableArguments {
  @Option(parsing: .singleValue, help: "A column of labels. May be given several times.") var condition: [String] = []
  @Option(parsing: .singleValue, help: "A column of numbers. May be given several times.")
  var conditionNumber: [String] = []
  @Option(help: "The column of the texts (text).") var text: String?

  var isGiven: Bool { !condition.isEmpty || !conditionNumber.isEmpty }

  func check(paths: [String]) throws {
    if text != nil && !isGiven { throw ValidationError("--text is for tables; add --condition") }
    if isGiven && paths.count > 1 {
      throw ValidationError("--condition takes one table; \(paths.count) are given")
    }
  }
}

/// Reads a table, splits it, and writes everything that training starts from.
struct ConditionalPreparation {
  let data: DataOptions
  let condition: ConditionOptions
  let model: ModelOptions
  let training: TrainingOptionGroup
  let display: Progress

  func prepare(_ folder: ModelFolder) throws {
    let table = try Table(reading: data.paths[0])
    if let note = table.note { display.line(note) }
    let told = try TextCondition(
      table, labels: condition.condition, numbers: condition.conditionNumber, text: condition.text ?? "text")
    let all = try told.rows(table)
    var (first, held) = (all, [(text: String, vector: [Float])]())
    if let path = data.validationPath {
      held = try told.rows(Table(reading: path))
    } else if data.validationFraction > 0 {
      // As many of each combination of labels as is its share.
      let labels = told.features - condition.conditionNumber.count
      let split = StratifiedSplit(
        labels: all.map { Array($0.vector.prefix(labels)) }, fraction: data.validationFraction,
        key: RandomKey(seed: training.update.seed, stream: 1 << 21))
      guard !split.heldOut.isEmpty else { throw ConditionError.fewRows(path: table.path, count: all.count) }
      (first, held) = (split.training.map { all[$0] }, split.heldOut.map { all[$0] })
    }
    try folder.create()
    let tokenizer = try Tokenizer(
      data.tokenizerOptions, texts: first.map(\.text), scratch: folder.training + "/texts")
    var configuration = model.configuration(vocabulary: tokenizer.count, tokenizer: tokenizer.kind)
    // What the model is told is added to the vectors of tokens, so there must be some.
    if configuration.embedding == 0 { configuration.embedding = min(128, configuration.hidden) }
    configuration.condition = told
    try ConditionalTrainer.prepare(
      folder, tokenizer: tokenizer, configuration: configuration, training: ConditionedTexts(first, tokenizer),
      validation: held.isEmpty ? nil : ConditionedTexts(held, tokenizer), options: training.options)
    display.line(
      "\(table.path): \(grouped(first.count)) texts to train on, of \(grouped(tokenizer.count)) "
        + "\(tokenizer.kind.rawValue) tokens; told " + told.columns.map(describe).joined(separator: ", "))
  }

  private func describe(_ column: TextCondition.Column) -> String {
    switch column {
    case .labels(let name, let labels): "\(name) (\(grouped(labels.count)) labels)"
    case .number(let name, _, _): "\(name) (a number)"
    }
  }
}

extension TrainLanguageModel {
  func runConditional(_ folder: ModelFolder) throws {
    let trainer = try ConditionalTrainer(folder, budget: training.update.budget)
    let model = trainer.checkpoint.model
    let c = model.configuration
    let heading =
      "\(c.cell.rawValue), \(c.layers) × \(c.hidden) units, \(grouped(model.parameterCount)) parameters; "
      + "\(grouped(trainer.task.trainingCount)) texts to train on, \(grouped(trainer.task.validationCount)) held out"
    var session = TrainingSession(
      trainer: consume trainer, command: "lm", items: "tokens", running: running)
    try session.run(heading: heading)
    guard !running.quiet else { return }
    let values = (c.condition?.columns ?? []).map { column in
      if case .labels(_, let labels) = column { labels[0] } else { "0" }
    }
    StandardError.line(
      "The model is in \(folder.path). Let it write:\n  rnn generate \(folder.path) "
        + values.map { "--condition '\($0)'" }.joined(separator: " "))
  }
}
