import ArgumentParser
import Recurrent
import Tensors

struct InspectStates: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "states",
    abstract: "What single units keep in mind: their activations over a text, and what they tell of it.",
    discussion: """
      Each token of the text is coloured by the activation of a unit. With --property, the units are found that best tell \
      where something holds; they are chosen on the first half of the text and scored on the second, so that the score is \
      not the best of many chances:

        quotes      inside quotation marks
        brackets    inside round or square brackets
        position    characters since the line began
        capital     the next token begins with a capital
        REGEX       any other value: inside a match of this regular expression

      --ablate holds a unit at zero at every step and measures what that costs. The page adds the states in two \
      dimensions and how often gates are shut or open. Layers and units count from 0.

      Examples:

        rnn inspect states models/bard --text shakespeare.txt --property position --html states.html
        rnn inspect states models/swift --text Package.swift --property '//[^\\n]*' --ablate 17
        rnn inspect states models/bard --text shakespeare.txt --layer 1 --unit 137 --svg unit.svg
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Option(help: "A text: a file, a folder, or - for standard input.") var text: String
  @Option(help: "A layer (default: all for --property, otherwise the last).") var layer: Int?
  @Option(help: "The unit that colours the text (default: the best for the property).") var unit: Int?
  @Option(help: "The state vector of --unit: h, or c of an LSTM.") var state: String?
  @Option(help: "quotes, brackets, position, capital, or a regular expression.") var property: String?
  @Option(parsing: .singleValue, help: "A unit of --layer to hold at zero. May be given several times.")
  var ablate: [Int] = []
  @Option(help: "Best units that are listed.") var count = 8
  @Option(help: "Tokens of the text that are read, from its start.") var tokens = 10_000
  @Option(help: "Tokens that are coloured.") var shown = 800
  @Option(help: "A page of all of it.") var html: String?
  @Option(help: "The coloured text as a drawing.") var svg: String?
  @OptionGroup var options: InspectionOptions

  func validate() throws {
    try options.check()
    try checkPositive([("count", count), ("tokens", tokens), ("shown", shown)])
    if unit == nil && property == nil && ablate.isEmpty && html == nil {
      throw ValidationError("name a --unit to look at, or a --property to find one for")
    }
    if state != nil && unit == nil { throw ValidationError("--state is of a --unit") }
  }

  func run() throws {
    ThreadPool.shared.threads = options.threads ?? ThreadPool.processors
    let property = try property.map { try TextProperty($0) }
    let (model, tokenizer) = try options.model(model)
    let read = try InspectedText(InspectedFile.read(text, most: tokens), tokenizer, name: text, most: tokens)
    let report = try StatesReport(
      model, read, property: property, layer: layer, unit: unit, state: state, count: count, ablate: ablate,
      shown: shown)
    if let html {
      let page = report.page(model: lastComponent(self.model), source: lastComponent(text))
      try AtomicFile.write(Array(page.utf8), to: html)
    }
    if let svg { try AtomicFile.write(Array(report.colouredText.svg(title: report.caption).utf8), to: svg) }
    if options.json { return try StandardOutput.line(JSONText.encode(StatesOutput(report))) }
    let text = report.colouredText
    StandardOutput.line(report.caption)
    StandardOutput.line(StandardOutput.isTerminal ? text.coloured : text.digits)
    for table in [report.bestTable, report.ablationTable] where !table.isEmpty {
      StandardOutput.line("")
      for line in aligned(table) { StandardOutput.line(line) }
    }
  }
}

private struct StatesOutput: Encodable {
  struct Unit: Encodable {
    var layer: Int
    var state: String
    var unit: Int
  }

  struct Score: Encodable {
    var layer: Int
    var state: String
    var unit: Int
    var inverted: Bool
    var firstHalf: Double
    var secondHalf: Double
  }

  struct Ablated: Encodable {
    var layer: Int
    var unit: Int
    var lossNats: Double
    var changeNats: Double
    var changeWhereItHolds: Nullable
    var changeElsewhere: Nullable
  }

  struct Gate: Encodable {
    var layer: Int
    var gate: String
    var below: [Double]
    var above: [Double]
  }

  var tokens: Int
  var property: String?
  var measure: String?
  var unit: Unit
  var shownFrom: Int
  var pieces: [String]
  var activations: [Float]
  var best: [Score]
  var ablations: [Ablated]
  var gates: [Gate]

  init(_ report: StatesReport) {
    func name(_ unit: StateTrace.Unit) -> String { report.trace.names[unit.layer][unit.state] }
    tokens = report.text.tokens.count
    property = report.property?.description
    measure = report.property.map(StatesReport.measure)
    unit = Unit(layer: report.unit.layer, state: name(report.unit), unit: report.unit.unit)
    shownFrom = report.shown.lowerBound
    pieces = Array(report.text.pieces[report.shown])
    activations = Array(report.trace.values(report.unit)[report.shown])
    best = report.best.map {
      Score(
        layer: $0.unit.layer, state: name($0.unit), unit: $0.unit.unit, inverted: $0.isInverted,
        firstHalf: $0.chosenOn, secondHalf: $0.score)
    }
    ablations = report.ablations.map {
      Ablated(
        layer: $0.layer, unit: $0.unit, lossNats: $0.loss, changeNats: $0.change,
        changeWhereItHolds: Nullable(value: $0.changeWhereItHolds),
        changeElsewhere: Nullable(value: $0.changeElsewhere))
    }
    gates = report.saturations.map { Gate(layer: $0.layer, gate: $0.gate, below: $0.below, above: $0.above) }
  }
}
