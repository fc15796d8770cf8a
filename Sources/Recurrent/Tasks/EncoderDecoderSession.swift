import Tensors

/// A decoder that writes token by token, for several sources with several hypotheses each: their steps are taken together,
/// and no source has an influence on what is said of another.
struct EncoderDecoderSession: SearchSession {
  private let model: EncoderDecoder
  private let projection: PackedLinear
  private let unknown: Int32
  private var memory: EncoderDecoder.Memory
  /// What the tokens of each source are as targets, and the most words that one has beyond the vocabulary.
  private var copies: [[Int32]]
  private let words: Int
  /// `[sources * hypotheses, decoder]` for each state vector.
  private var state: RecurrentState
  /// What the output layer saw at the step before, `[sources * hypotheses, decoder]`.
  private var fed: Tensor

  /// - Parameter model: with a decoder that is prepared, see `RecurrentStack.prepare`.
  init(_ model: EncoderDecoder, _ projection: PackedLinear, _ sources: [PairEncoder.Source], unknown: Int32) {
    self.model = model
    self.projection = projection
    self.unknown = unknown
    let (tokens, lengths, time) = PairBatch.sources(sources.map(\.tokens), model.configuration)
    memory = model.encode(tokens, lengths: lengths, time: time)
    copies = sources.map(\.copies)
    words = sources.map(\.words.count).max() ?? 0
    state = memory.state
    fed = Tensor(shape: [sources.count, model.configuration.decoderHidden])
  }

  private var sources: Int { memory.lengths.count }

  mutating func step(
    tokens: [Int32], parents: [Int32]
  ) -> (logProbabilities: Tensor, attention: Tensor?) {
    let (rows, c) = (tokens.count, model.configuration)
    let (before, width) = (fed.shape[0] / sources, rows / sources)
    if before > 1 || width > 1 {
      let places = (0..<rows).map { Int32($0 / width * before) + parents[$0] }
      select(places)
    }
    let known = tokens.map { $0 < Int32(c.targetVocabulary) ? $0 : unknown }
    var input = SequenceInput.tokens(known, batch: rows, time: 1, embedding: model.writtenVectors.weight)
    if c.inputFeeding {
      let vectors = model.writtenVectors(known, shape: [rows, 1])
      input = .vectors(.concatenate([vectors, fed.reshaped([rows, 1, c.decoderHidden])], axis: -1))
    }
    let (states, next) = model.decoder(input, state: state)
    state = next
    let (vectors, attention) = model.attend(states.reshaped([sources, width, c.decoderHidden]), memory)
    fed = vectors.reshaped([rows, c.decoderHidden])
    let logits = projection(fed)
    let weights = attention.map { $0.reshaped([rows, $0.shape[2]]) }
    guard let gate = model.copyGate, let weights else { return (logits.logSoftmax(), weights) }
    let all = CopyMechanism.logProbabilities(
      logits, gate: gate(fed), attention: weights, copies: (0..<rows).map { copies[$0 / width] }, extra: words)
    return (all, weights)
  }

  mutating func keep(_ kept: [Int]) {
    let width = fed.shape[0] / sources
    select(kept.flatMap { source in (0..<width).map { Int32(source * width + $0) } })
    memory.steps = memory.steps.items(kept)
    memory.keys = memory.keys.map { $0.items(kept) }
    memory.lengths = kept.map { memory.lengths[$0] }
    copies = kept.map { copies[$0] }
  }

  /// Goes on with some rows of the state, in a new order.
  private mutating func select(_ rows: [Int32]) {
    state = RecurrentState(layers: state.layers.map { $0.map { $0.gather(rows, shape: [rows.count]) } })
    fed = fed.gather(rows, shape: [rows.count])
  }
}

extension Tensor {
  /// Some items of the first axis of `[batch, time, features]`.
  fileprivate func items(_ indices: [Int]) -> Tensor {
    reshaped([shape[0], shape[1] * shape[2]]).gather(indices.map(Int32.init), shape: [indices.count])
      .reshaped([indices.count, shape[1], shape[2]])
  }
}
