import ArgumentParser

@main
struct RNN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rnn",
    abstract: "Recurrent neural networks for language and other sequences.")
}
