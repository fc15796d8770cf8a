import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model and leave it in a folder.",
    discussion: """
      Ctrl-C ends training with a checkpoint; `--resume` goes on from there with the same bits as if it had never been \
      stopped. A second Ctrl-C ends at once.
      """,
    subcommands: [
      TrainLanguageModel.self, TrainClassifier.self, TrainTagger.self, TrainSeq2Seq.self, TrainForecaster.self,
    ])
}
