/// Slower rates for lower layers, which begin to learn one after another from the top (Howard and Ruder 2018): in the
/// first epoch the output alone, then one more layer in each; or all from the start.
public struct GradualUnfreezing: Sendable, Hashable, Codable {
  /// Howard and Ruder's.
  public static let usualDecay: Float = 2.6

  public var layers: Int
  /// The rate of each layer is that of the one above it divided by this.
  public var decay: Float
  /// False if all layers learn from the first epoch on.
  public var gradual: Bool

  public init(layers: Int, decay: Float = usualDecay, gradual: Bool = true) {
    self.layers = layers
    self.decay = decay
    self.gradual = gradual
  }

  /// The output, and all that a language model has no part in, is 0, the top recurrent layer 1, the vectors of tokens one
  /// more than the layers.
  func depth(_ parameter: String) -> Int {
    if parameter.hasPrefix("embedding.") || parameter.hasPrefix("words.") { return layers + 1 }
    guard parameter.hasPrefix("rnn."), !parameter.hasSuffix("_reverse"),
      let mark = parameter.range(ofSuffixAfter: "_l"), let layer = Int(mark)
    else {
      return 0
    }
    return layers - layer
  }

  package func factor(_ parameter: String, epoch: Int) -> Float {
    let depth = depth(parameter)
    if gradual && epoch < depth { return 0 }
    return (0..<depth).reduce(Float(1)) { factor, _ in factor / decay }
  }
}

extension String {
  /// The digits after the last occurrence of a mark.
  fileprivate func range(ofSuffixAfter mark: String) -> Substring? {
    var found: Substring?
    for index in indices where self[index...].hasPrefix(mark) {
      found = self[self.index(index, offsetBy: mark.count)...].prefix { $0.isNumber }
    }
    return found
  }
}
