import Synchronization
import Tensors

/// Recurrent layers one on another, in one or both directions: `torch.nn.RNN`, `LSTM` and `GRU`, and any other cell.
public struct RecurrentStack: Module {
  /// Layer by layer; in a bidirectional stack, the forward and the backward direction of each.
  public var layers: [RecurrentLayer]
  public let bidirectional: Bool
  /// The probability with which a layer's outputs are set to zero on their way to the next layer, in training.
  public let dropout: Float
  /// One dropout mask for all steps of a sequence (Gal and Ghahramani 2016) instead of one for each.
  public let lockedDropout: Bool
  /// What every layer does beside its cell.
  public let options: LayerOptions

  /// - Parameters:
  ///   - input: features of the input, or the vocabulary for one-hot tokens.
  ///   - hidden: units of each layer and direction.
  ///   - forgetBias: added to the forget gate's bias of LSTM layers at the start.
  public init(
    _ cell: any Cell, input: Int, hidden: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Float = 0,
    lockedDropout: Bool = false, forgetBias: Float = 0, options: LayerOptions = LayerOptions(),
    initialiser: inout ParameterInitialiser
  ) {
    precondition(layers > 0 && hidden > 0 && input > 0, "a recurrent stack needs layers, units and inputs")
    self.bidirectional = bidirectional
    self.dropout = dropout
    self.lockedDropout = lockedDropout
    self.options = options
    let outputs = options.projection ?? hidden
    let directions = bidirectional ? 2 : 1
    self.layers = []
    for layer in 0..<layers {
      for _ in 0..<directions {
        self.layers.append(
          RecurrentLayer(
            cell, input: layer == 0 ? input : outputs * directions, hidden: hidden, options: options,
            initialiser: &initialiser))
      }
    }
    if cell is LSTM, forgetBias != 0 {
      let first = LSTM.forgetGate * hidden
      for index in self.layers.indices {
        self.layers[index].weights.inputBias.withUnsafeMutablePointer { bias in
          for unit in first..<first + hidden { bias[unit] += forgetBias }
        }
      }
    }
  }

  private var directions: Int { bidirectional ? 2 : 1 }

  /// Features of the output: the hidden size, or that of the projection; twice in a bidirectional stack.
  public var outputSize: Int { layers[0].outputSize * directions }

  public func zeroState(batch: Int) -> RecurrentState {
    RecurrentState(layers: layers.map { $0.zeroState(batch: batch) })
  }

  /// Runs whole sequences.
  ///
  /// - Parameters:
  ///   - state: the state before the first step, as `zeroState(batch:)` or a former run gives it.
  ///   - lengths: steps of each sequence; nil if all have the full length.
  ///   - dropoutKey: random numbers for dropout, zoneout and dropped weights; nil for none, as in evaluation.
  /// - Returns: the last layer's outputs `[batch, time, outputSize]`, zero at padded steps, and the state after each
  ///   sequence's last step.
  public func callAsFunction(
    _ input: SequenceInput, state: RecurrentState, lengths: [Int32]? = nil, dropoutKey: RandomKey? = nil
  ) -> (output: Tensor, state: RecurrentState) {
    precondition(state.layers.count == layers.count, "a state of \(state.layers.count) layers for \(layers.count)")
    var input = input
    var final = RecurrentState(layers: [])
    var output = Tensor(shape: [input.batch, input.time, outputSize])
    for first in stride(from: 0, to: layers.count, by: directions) {
      if first > 0 {
        if let dropoutKey {
          output = output.dropout(
            dropout, key: dropoutKey.stream(dropoutKey.stream + UInt32(first)), locked: lockedDropout)
        }
        input = .vectors(output)
      }
      let results = run(first, input, state, lengths, dropoutKey)
      final.layers += results.map(\.final)
      output = results.count == 1 ? results[0].output : .concatenate(results.map(\.output), axis: -1)
    }
    return (output, final)
  }

  /// Runs the directions of a layer, of which `first` is the forward one.
  private func run(
    _ first: Int, _ input: SequenceInput, _ state: RecurrentState, _ lengths: [Int32]?, _ key: RandomKey?
  ) -> [(output: Tensor, final: [Tensor])] {
    let indices = Array(first..<first + directions)
    let precision = Precision.current
    let layers = layers.enumerated().map { index, layer in
      guard let key, options.weightDrop > 0, indices.contains(index) else { return layer }
      return layer.droppingWeights(key.stream(key.stream + Self.weightStream + UInt32(index)))
    }
    func forward(_ index: Int) -> SequenceForward {
      layers[index].forward(
        input, initial: state.layers[index], lengths: lengths, reverse: index > first, precision: precision,
        key: key.map { $0.stream($0.stream + Self.zoneoutStream + Self.mostStates * UInt32(index)) })
    }
    // Two threads with a direction each never wait for one another, and each has its weights in its own cache.
    guard directions == 2, ThreadPool.shared.threads == 2 else {
      return indices.map { layers[$0].recorded(forward($0), input, initial: state.layers[$0]) }
    }
    let results = Mutex<[SequenceForward?]>([nil, nil])
    ThreadPool.shared.forEach(directions) { direction in
      let result = forward(first + direction)
      results.withLock { $0[direction] = result }
    }
    let runs = results.withLock { $0 }
    return indices.map { layers[$0].recorded(runs[$0 - first]!, input, initial: state.layers[$0]) }
  }

  // Streams of random numbers; dropout between layers takes those from 0 on.
  private static let (weightStream, zoneoutStream, mostStates) = (UInt32(1 << 14), UInt32(1 << 15), UInt32(8))

  /// Makes what prediction needs of the weights beforehand. It lasts until the parameters are next visited.
  package mutating func prepare() {
    for index in layers.indices { layers[index].prepare() }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    for index in layers.indices {
      let suffix = "_l" + String(index / directions) + (index % directions == 1 ? "_reverse" : "")
      try layers[index].visitParameters { try visit($0 + suffix, &$1) }
    }
  }
}
