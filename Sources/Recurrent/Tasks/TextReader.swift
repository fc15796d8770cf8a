import Tensors

/// A language model that reads one text from its start to its end and foretells each token, with what it may do about the
/// text on its way: adapt to it, and look back on it.
public struct TextReader: Sendable {
  public private(set) var adaptation: DynamicEvaluation?
  private var model: LanguageModel
  private var cache: NeuralCache?
  private var state: RecurrentState
  /// Tokens since the last adaptation, after the one before them, and the state before those.
  private var segment: [Int32] = []
  private var segmentState: RecurrentState

  /// - Parameters:
  ///   - adaptation: of this model; nil to leave it as it is.
  ///   - cache: empty; nil for none.
  public init(_ model: LanguageModel, adaptation: DynamicEvaluation? = nil, cache: NeuralCache? = nil) {
    (self.model, self.adaptation, self.cache) = (model, adaptation, cache)
    state = model.zeroState(batch: 1)
    segmentState = state
  }

  /// The cross-entropies in nats of each token after the first. The first is the last of the call before.
  public mutating func crossEntropies(_ tokens: [Int32]) -> [Float] {
    guard var adaptation else { return read(tokens) }
    var losses: [Float] = []
    var position = 0
    while position < tokens.count - 1 {
      if segment.isEmpty { segment = [tokens[position]] }
      let end = min(tokens.count - 1, position + adaptation.options.segment - (segment.count - 1))
      losses += read(Array(tokens[position...end]))
      segment += tokens[position + 1...end]
      position = end
      if segment.count > adaptation.options.segment {
        adaptation.adapt(segment, from: segmentState)
        model = adaptation.model
        (segment, segmentState) = ([segment[segment.count - 1]], state)
      }
    }
    self.adaptation = adaptation
    return losses
  }

  private mutating func read(_ tokens: [Int32]) -> [Float] {
    guard var cache else { return model.crossEntropies(tokens, batch: 1, state: &state) }
    var hidden = Tensor(0)
    var losses = model.crossEntropies(tokens, batch: 1, state: &state) { hidden = $0 }
    let features = hidden.shape.columns
    for index in losses.indices {
      let (h, next) = (hidden.pointer + index * features, tokens[index + 1])
      losses[index] = Float(cache.crossEntropy(Double(losses[index]), of: next, after: h))
      cache.add(h, next)
    }
    self.cache = cache
    return losses
  }

  /// Evaluates a text of tokens from where the reader stands.
  ///
  /// - Parameter read: the tokens of a range.
  public mutating func evaluate(
    tokenCount: Int, bytes: Int, progress: (Int) throws -> Void = { _ in }, read: (Range<Int>) throws -> [Int32]
  ) throws -> LanguageModelEvaluation {
    var result = LanguageModelEvaluation(bytes: bytes)
    var position = 0
    while position < tokenCount - 1 {
      let end = min(tokenCount - 1, position + 256)
      let losses = crossEntropies(try read(position..<end + 1))
      result.nats += losses.reduce(0) { $0 + Double($1) }
      result.tokens += losses.count
      position = end
      try progress(result.tokens)
    }
    return result
  }
}
