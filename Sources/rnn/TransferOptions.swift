import ArgumentParser
import Recurrent

/// What a model goes on from, and how its layers then learn.
struct TransferOptions: ParsableArguments {
  enum Unfreezing: String, ExpressibleByArgument, CaseIterable {
    case gradual
    case atOnce = "at-once"
  }

  @Option(
    help: """
      Start from a language model: its vocabulary, embedding and recurrent layers, whose sizes the model takes over; \
      lower layers learn slower.
      """)
  var from: String?
  @Option(
    help: "With --from: layers begin to learn from the top down, one more in each epoch (gradual), or at-once.")
  var unfreeze = Unfreezing.gradual
  @Option(help: "With --from: the rate of each layer is that of the one above it divided by this; 1 for one rate.")
  var layerDecay: Float = GradualUnfreezing.usualDecay

  func check() throws {
    guard layerDecay >= 1, layerDecay.isFinite else {
      throw ValidationError("--layer-decay is \(layerDecay); it must be 1 or more")
    }
  }

  func unfreezing(layers: Int) -> GradualUnfreezing {
    GradualUnfreezing(layers: layers, decay: layerDecay, gradual: unfreeze == .gradual)
  }
}
