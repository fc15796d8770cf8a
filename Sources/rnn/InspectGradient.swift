import ArgumentParser
import Recurrent
import Tensors

struct InspectGradient: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "The gradient of the loss with respect to earlier states, by how many steps they lie back.",
    discussion: """
      At many positions of a text, the loss of one token is differentiated with respect to the states h (and c) of each \
      layer at that step and at the steps before it. Shown is the norm: the median over the positions, in the drawing with \
      quartiles. Where it falls by the same factor at each step, the gradient vanishes, and what lies far back is not \
      learnt from. The singular values of one step, d state(t) / d state(t-1), say by how much it stretches a change; those \
      below a millionth of the largest are rounding.

      With --compare, models are put side by side: those that are named, as they are, or else a sigmoid Elman, a tanh \
      Elman, a GRU and an LSTM of one size, at initialisation and after a short training on the characters of the text.

      Examples:

        rnn inspect gradient models/bard --text shakespeare.txt --steps 100 --plot gradient.html
        rnn inspect gradient --compare --text shakespeare.txt --plot vanishing.svg
        rnn inspect gradient models/elman models/lstm --compare --text shakespeare.txt
      """)

  @Argument(help: "Folder of a language model; with --compare none or several.") var models: [String] = []
  @Option(help: "A text: a file, a folder, or - for standard input.") var text: String
  @Option(help: "How far back.") var steps = 100
  @Option(help: "Positions of the text.") var positions = 64
  @Option(help: "Tokens of the text that are read, from its start.") var tokens = 200_000
  @Option(help: "A drawing, NAME.svg or NAME.html.") var plot: DrawingPath?
  @Flag(help: "Several models side by side.") var compare = false
  @Option(help: "With --compare and no models: updates of the training.") var trainSteps = 1000
  @Option(help: "With --compare and no models: units of each layer.") var hidden = 128
  @Option(help: "With --compare and no models: layers.") var layers = 1
  @Option(help: "With --compare and no models: seed of the initial weights.") var seed: UInt64 = 1
  @OptionGroup var options: InspectionOptions

  func validate() throws {
    try options.check()
    try checkPositive([
      ("steps", steps), ("positions", positions), ("tokens", tokens), ("hidden", hidden), ("layers", layers),
    ])
    if trainSteps < 0 { throw ValidationError("--train-steps is \(trainSteps); it must be at least 0") }
    if !compare && models.count != 1 { throw ValidationError("name one model, or several with --compare") }
    if compare && models.count == 1 {
      throw ValidationError("--compare takes none or several models; leave it out to look at one")
    }
    let configuration = LanguageModelConfiguration(vocabulary: 1, hidden: hidden, layers: layers)
    if let flaw = configuration.flaw { throw ValidationError("the options ask for \(flaw)") }
  }

  func run() throws {
    ThreadPool.shared.threads = options.threads ?? ThreadPool.processors
    let bytes = try InspectedFile.read(text, most: tokens)
    if compare { return try runComparison(bytes) }
    let flow = try measured(models[0], bytes)
    if let plot {
      let title = "\(lastComponent(models[0])): norm of the gradient"
      try write(
        plot,
        svg: SVG.stacked([
          (flow.chart(title: title).svg(width: 760, height: 440), 760, 440),
          (flow.spectrumChart().svg(width: 760, height: 400), 760, 400),
        ]), page: flow.page(model: lastComponent(models[0]), source: lastComponent(text)))
    }
    if options.json { return try StandardOutput.line(JSONText.encode(FlowOutput(flow))) }
    show(flow.chart(title: "Norm of the gradient, median of \(flow.positions) positions"))
    show(flow.table)
    StandardOutput.line("\nsingular values of one step")
    show(flow.spectrumTable)
  }

  private func measured(_ path: String, _ bytes: [UInt8]) throws -> GradientFlow {
    let (model, tokenizer) = try options.model(path)
    let read = try InspectedText(bytes, tokenizer, name: text, most: tokens)
    return try model.gradientFlow(read.tokens, steps: steps, positions: positions)
  }

  private func runComparison(_ bytes: [UInt8]) throws {
    let comparison: GradientComparison
    let setting: String
    if models.isEmpty {
      let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.lazy.map(\.value)
      let tokenizer = Tokenizer.character(CharacterVocabulary(scalars))
      let read = try InspectedText(bytes, tokenizer, name: text, most: tokens)
      let progress = Progress(quiet: options.quiet)
      comparison = try GradientComparison(
        read.tokens, vocabulary: tokenizer.count, hidden: hidden, layers: layers, steps: steps, positions: positions,
        updates: trainSteps, seed: seed
      ) { progress.show(fraction: $0, "training") }
      progress.clear()
      setting =
        "The models have \(layers) layer\(layers == 1 ? "" : "s") of \(hidden) units and read characters; training is "
        + "\(trainSteps) updates of Adam on windows of 50 characters of this text."
    } else {
      comparison = GradientComparison(
        entries: try models.map {
          GradientComparison.Entry(name: lastComponent($0), initial: nil, trained: try measured($0, bytes))
        })
      setting = "The models are those of the folders \(models.joined(separator: ", "))."
    }
    if let plot {
      try write(plot, svg: comparison.drawing, page: comparison.page(source: lastComponent(text), setting: setting))
    }
    if options.json {
      return try StandardOutput.line(
        JSONText.encode(
          comparison.entries.map {
            ComparedOutput(model: $0.name, initial: $0.initial.map(FlowOutput.init), trained: FlowOutput($0.trained))
          }))
    }
    for trained in comparison.hasInitial ? [false, true] : [true] {
      let title = comparison.hasInitial ? trained ? "After training" : "At initialisation" : "As trained"
      show(comparison.chart(trained: trained, title: "\(title): norm of the gradient, last layer"))
      show(comparison.table(trained: trained))
      StandardOutput.line("\nsingular values of one step")
      show(comparison.spectrumTable(trained: trained))
      StandardOutput.line("")
    }
  }

  private func write(_ plot: DrawingPath, svg: @autoclosure () -> String, page: @autoclosure () -> String) throws {
    try AtomicFile.write(Array((plot.format == .svg ? svg() : page()).utf8), to: plot.path)
  }

  private func show(_ plot: Plot) {
    let columns = StandardOutput.isTerminal ? min(120, StandardError.columns) : 80
    for line in plot.terminal(columns: columns, coloured: StandardOutput.isTerminal) { StandardOutput.line(line) }
    StandardOutput.line("")
  }

  private func show(_ table: [[String]]) { for line in aligned(table) { StandardOutput.line(line) } }
}

private struct FlowOutput: Encodable {
  struct Curve: Encodable {
    var layer: Int
    var state: String
    var median: [Double]
    var lowerQuartile: [Double]
    var upperQuartile: [Double]
  }

  struct Spectrum: Encodable {
    var layer: Int
    var largest: Double
    var median: Double
    var smallest: Double
    var shareAboveOne: Double
    var values: [Double]
  }

  var steps: Int
  var positions: Int
  var lossNats: Double
  var gradientNorms: [Curve]
  var singularValues: [Spectrum]

  init(_ flow: GradientFlow) {
    (steps, positions, lossNats) = (flow.steps, flow.positions, flow.loss)
    gradientNorms = flow.curves.map {
      Curve(
        layer: $0.layer, state: $0.state, median: $0.median, lowerQuartile: $0.lowerQuartile,
        upperQuartile: $0.upperQuartile)
    }
    singularValues = flow.spectra.map {
      Spectrum(
        layer: $0.layer, largest: $0.largest, median: $0.median, smallest: $0.smallest,
        shareAboveOne: $0.shareAboveOne, values: $0.values)
    }
  }
}

private struct ComparedOutput: Encodable {
  var model: String
  var initial: FlowOutput?
  var trained: FlowOutput
}
