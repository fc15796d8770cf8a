import Tensors

/// A recurrent stack, of any cell, fed one step of one sequence at a time, from weights packed once. A step gives the bits that
/// the stack gives for the whole sequence, and allocates nothing where the cell does not.
public final class StackStream {
  private let layers: [LayerStream]
  private let input: Int

  /// - Parameters:
  ///   - stack: reads forward only.
  ///   - embedding: the vectors of tokens `[vocabulary, features]`; nil if tokens are one-hot, or if the input is vectors.
  ///   - vectors: true if the input is vectors.
  ///   - format: of the weights that are multiplied at each step; biases, and what the first layer looks up, stay float32.
  /// - Precondition: the stack is not bidirectional.
  public init(
    _ stack: RecurrentStack, embedding: Tensor? = nil, vectors: Bool = false, format: WeightFormat = .float32
  ) {
    precondition(!stack.bidirectional, "a bidirectional stack cannot read from left to right")
    let tokens = vectors ? nil : embedding.map { LayerStream.Tokens.embedding($0) } ?? .oneHot
    layers = stack.layers.enumerated().map { index, layer in
      LayerStream(layer, tokens: index == 0 ? tokens : nil, format: format)
    }
    input = embedding?.shape[0] ?? stack.layers[0].weights.input
  }

  /// The state after the last step, zeros at first: a value, to be kept and gone back to.
  public var state: RecurrentState {
    get { RecurrentState(layers: layers.map(\.state)) }
    set { for (layer, state) in zip(layers, newValue.layers) { layer.state = state } }
  }

  /// The last layer's output, `[hidden]`; it changes with the next step.
  public var output: UnsafePointer<Float> { UnsafePointer(layers[layers.count - 1].output) }

  /// Reads a token.
  /// - Precondition: it is of the vocabulary.
  public func step(_ token: Int32) {
    precondition(token >= 0 && token < input, "token \(token) of a vocabulary of \(input)")
    layers[0].step(token: token)
    stepAbove()
  }

  /// Reads a vector `[features]`.
  public func step(_ vector: UnsafePointer<Float>) {
    layers[0].step(vector)
    stepAbove()
  }

  private func stepAbove() {
    for index in 1..<max(1, layers.count) { layers[index].step(layers[index - 1].output) }
  }
}
