import Tensors

/// All states of a model after each token of a text.
public struct StateTrace: Sendable {
  /// A number that changes from token to token.
  public struct Unit: Sendable, Hashable {
    public var layer: Int
    /// The state vector by its place: 0 for h.
    public var state: Int
    public var unit: Int

    public init(layer: Int, state: Int, unit: Int) { (self.layer, self.state, self.unit) = (layer, state, unit) }
  }

  /// `[time, hidden]` for each state vector of each layer.
  public let states: [[Tensor]]
  /// The names of each layer's state vectors: h, and c.
  public let names: [[String]]

  package init(states: [[Tensor]], names: [[String]]) { (self.states, self.names) = (states, names) }

  /// Tokens that were read.
  public var count: Int { states[0][0].shape[0] }
  public var hidden: Int { states[0][0].shape[1] }

  /// The activation of a unit after each token.
  public func values(_ unit: Unit) -> [Float] {
    let tensor = states[unit.layer][unit.state]
    let hidden = tensor.shape[1]
    return tensor.withUnsafePointer { numbers in (0..<count).map { numbers[$0 * hidden + unit.unit] } }
  }

  /// layer 1, c[137]
  public func name(_ unit: Unit) -> String {
    "layer \(unit.layer), \(names[unit.layer][unit.state])[\(unit.unit)]"
  }

  /// A unit by its numbers, if it is there.
  ///
  /// - Throws: `InspectionError.layer`, `.unit` or `.state`.
  public func unit(layer: Int, name: String, unit: Int) throws(InspectionError) -> Unit {
    guard states.indices.contains(layer) else { throw .layer(layer, of: states.count) }
    guard let state = names[layer].firstIndex(of: name) else { throw .state(name, names: names[layer]) }
    guard (0..<hidden).contains(unit) else { throw .unit(unit, of: hidden) }
    return Unit(layer: layer, state: state, unit: unit)
  }
}

extension LanguageModel {
  /// Reads a text from the state of zeros.
  ///
  /// - Parameter tokens: one at least.
  public func stateTrace(_ tokens: [Int32]) -> StateTrace {
    let time = tokens.count
    var input = SequenceInput.tokens(tokens, batch: 1, time: time, embedding: embedding?.weight)
    let states = stack.layers.map { layer in
      let run = layer.forward(
        input, initial: layer.zeroState(batch: 1), lengths: nil, reverse: false, precision: .float32)
      input = .vectors(run.output)
      let shape: Shape = [time, layer.hidden]
      // Those after h lie one after another: `[states - 1, 1, time, hidden]`.
      return [run.output.reshaped(shape)]
        + (1..<max(1, layer.cell.states)).map { state in
          Tensor(shape: shape) {
            $0.update(from: run.others.pointer + (state - 1) * shape.count, count: shape.count)
          }
        }
    }
    return StateTrace(states: states, names: stack.layers.map(\.stateNames))
  }
}
