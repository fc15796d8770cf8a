import Tensors

/// How well a language model foretells a text.
public struct LanguageModelEvaluation: Sendable, Hashable, Codable {
  /// The sum of the cross-entropies of all predicted tokens, in nats.
  public var nats: Double
  /// Predicted tokens: every one but the first of each stream.
  public var tokens: Int
  /// Bytes of the text.
  public var bytes: Int

  public init(nats: Double = 0, tokens: Int = 0, bytes: Int = 0) {
    self.nats = nats
    self.tokens = tokens
    self.bytes = bytes
  }

  /// Mean cross-entropy of a token in nats.
  public var lossNats: Double { nats / Double(max(1, tokens)) }
  public var bitsPerToken: Double { lossNats / Self.ln2 }
  /// The whole text's cross-entropy in bits over its bytes: comparable between tokenizers.
  public var bitsPerByte: Double { nats / Self.ln2 / Double(max(1, bytes)) }
  /// e to the mean cross-entropy of a token.
  public var perplexity: Double { Double.exp(lossNats) }

  static let ln2 = 0.693147180559945309417
}

extension LanguageModel {
  /// Limits the memory that an evaluation takes, whatever the vocabulary.
  private static let logitsAtOnce = 1 << 26

  /// The cross-entropy in nats of each token after the first, with the state carried through.
  ///
  /// - Parameters:
  ///   - tokens: row-major `[batch, time + 1]`: each row is one stream.
  ///   - state: before the first token; afterwards, the state after the last but one, to carry on with (the last token
  ///     of a row is the first of the next call's).
  ///   - look: is shown what the output layer sees, `[batch * time, outputs]`.
  /// - Returns: row-major `[batch, time]`.
  public func crossEntropies(
    _ tokens: [Int32], batch: Int, state: inout RecurrentState, look: (Tensor) -> Void = { _ in }
  ) -> [Float] {
    let time = tokens.count / batch - 1
    var inputs: [Int32] = []
    var targets: [Int32] = []
    for row in 0..<batch {
      let start = row * (time + 1)
      inputs += tokens[start..<start + time]
      targets += tokens[start + 1...start + time]
    }
    let (hidden, next) = hidden(inputs, batch: batch, time: time, state: state)
    state = next
    let vectors = hidden.reshaped([batch * time, configuration.outputs])
    look(vectors)
    let part = max(64, Self.logitsAtOnce / configuration.vocabulary)
    return stride(from: 0, to: batch * time, by: part).flatMap { first in
      let rows = first..<min(batch * time, first + part)
      let (vectors, targets) = (vectors.slice(rows, axis: 0), Array(targets[rows]))
      return (adaptiveSoftmax?.crossEntropies(vectors, targets) ?? logits(vectors).crossEntropies(targets)).scalars
    }
  }

  /// Evaluates a text of tokens.
  ///
  /// - Parameters:
  ///   - streams: into how many contiguous parts the text is cut, which are read side by side. One carries the state
  ///     across the whole text; more are faster, and begin as often without context.
  ///   - chunk: time steps at once.
  ///   - read: the tokens of a range.
  public func evaluate(
    tokenCount: Int, bytes: Int, streams: Int = 1, chunk: Int = 256, progress: (Int) throws -> Void = { _ in },
    read: (Range<Int>) throws -> [Int32]
  ) throws -> LanguageModelEvaluation {
    var result = LanguageModelEvaluation(bytes: bytes)
    let streams = max(1, min(streams, tokenCount / 2))
    let length = tokenCount / streams
    var state = zeroState(batch: streams)
    var position = 0
    while position < length - 1 {
      let time = min(chunk, length - 1 - position)
      var tokens: [Int32] = []
      for stream in 0..<streams {
        let start = stream * length + position
        tokens += try read(start..<start + time + 1)
      }
      let losses = crossEntropies(tokens, batch: streams, state: &state)
      result.nats += losses.reduce(0) { $0 + Double($1) }
      result.tokens += losses.count
      position += time
      try progress(result.tokens)
    }
    return result
  }
}
