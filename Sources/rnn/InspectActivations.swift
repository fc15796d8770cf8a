import ArgumentParser
import Recurrent

struct InspectActivations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations",
    abstract: "Sigmoid, tanh and ReLU with their derivatives: why a gradient vanishes.",
    discussion: """
      Example:

        rnn inspect activations --plot activations.svg
      """)

  @Option(help: "A drawing, NAME.svg.") var plot: DrawingPath?

  func validate() throws {
    if let plot, plot.format != .svg { throw ValidationError("--plot is \(plot.path); its name must end in .svg") }
  }

  func run() throws {
    if let plot { try AtomicFile.write(Array(ActivationFunction.drawing.utf8), to: plot.path) }
    for function in ActivationFunction.allCases {
      let columns = StandardOutput.isTerminal ? min(72, StandardError.columns) : 72
      for line in function.plot.terminal(columns: columns, rows: 10, coloured: StandardOutput.isTerminal) {
        StandardOutput.line(line)
      }
      for mark in function.plot.marks { StandardOutput.line("derivative: \(mark.text)") }
      StandardOutput.line("")
    }
    for note in ActivationFunction.notes { StandardOutput.line(note) }
  }
}
