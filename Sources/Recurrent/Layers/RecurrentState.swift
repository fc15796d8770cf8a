import Tensors

/// The hidden state of a recurrent stack: a value, which can be saved, copied and gone back to.
public struct RecurrentState: Sendable {
  /// For each layer (and direction: forward, then backward), `[batch, hidden]` for each state vector of the cell.
  public var layers: [[Tensor]]

  /// What a forward `GradientMethod` knows of the steps before: how the state depends on the parameters. Empty for
  /// backpropagation through time.
  package var influence: [Tensor]

  public init(layers: [[Tensor]]) { self.init(layers: layers, influence: []) }

  package init(layers: [[Tensor]], influence: [Tensor]) {
    self.layers = layers
    self.influence = influence
  }

  /// The same state as a constant: gradients end here. Truncated backpropagation through time carries this.
  public var detached: RecurrentState {
    RecurrentState(layers: layers.map { $0.map(\.detached) }, influence: influence)
  }

  /// All vectors one after another, and their names, for a file.
  package var tensors: [(name: String, tensor: Tensor)] {
    layers.enumerated().flatMap { layer, vectors in
      vectors.enumerated().map { ("layer\(layer).state\($0)", $1) }
    } + influence.enumerated().map { ("influence\($0)", $1) }
  }
}
