import ArgumentParser
import Recurrent
import Tensors

struct InspectInformation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "information",
    abstract: "How much of each earlier input is still in the state at each later step.",
    discussion: """
      A row for each step, a column for each input up to it: the Frobenius norm of the derivative of the last layer's h \
      after the row's token with respect to what the first layer reads of the column's token (an embedding vector or a \
      one-hot vector). It is exact, and its work grows with the square of the length. The scale is logarithmic: the \
      darkest field is the largest norm, and a thousandth of it is white.

      Example:

        rnn inspect information models/bard --text "To be, or not to be: that is the question." --html information.html
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Option(help: "The text itself, of at most \(LanguageModel.mostInformationTokens) tokens.") var text: String
  @Option(help: "A page.") var html: String?
  @Option(help: "A drawing.") var svg: String?
  @OptionGroup var options: InspectionOptions

  func validate() throws { try options.check() }

  func run() throws {
    ThreadPool.shared.threads = options.threads ?? ThreadPool.processors
    let (model, tokenizer) = try options.model(model)
    _ = try tokenizer.encode(prompt: text)
    let read = try InspectedText(Array(text.utf8), tokenizer, name: "--text")
    let progress = Progress(quiet: options.quiet)
    let count = read.tokens.count
    let flow = try model.informationFlow(read.tokens) {
      // The work of a step grows with its number.
      progress.show(fraction: Double($0 * $0) / Double(count * count), "step \($0) of \(count)")
    }
    progress.clear()
    let map = flow.heatMap(read.pieces)
    if let svg { try AtomicFile.write(Array(map.svg.utf8), to: svg) }
    if let html {
      var page = HTMLPage(title: "What is left of each input")
      page.paragraph(
        "A row for the state of \(lastComponent(self.model)) after each token, a column for each token it has read: the norm of "
          + "the derivative of the last layer's h with respect to what the first layer reads of the token. On a logarithmic "
          + "scale: the darkest field is the largest norm, and a thousandth of it is white. Point at a field to read its norm."
      )
      page.figure(map.svg)
      page.figure(flow.chart.svg(width: 760, height: 380))
      try AtomicFile.write(Array(page.text.utf8), to: html)
    }
    if options.json {
      return try StandardOutput.line(
        JSONText.encode(Output(tokens: read.pieces, norms: flow.norms, meanByDistance: flow.byDistance)))
    }
    StandardOutput.line(map.text(coloured: StandardOutput.isTerminal))
    StandardOutput.line("rows: state after this token; columns: input")
  }

  private struct Output: Encodable {
    var tokens: [String]
    var norms: [[Double]]
    var meanByDistance: [Double]
  }
}
