import Tensors

/// Forecasts the next steps of a series: for each, the numbers that a distribution is made of.
public struct Forecaster: Module {
  public let configuration: ForecasterConfiguration
  /// Nil in a feed-forward network.
  public var stack: RecurrentStack?
  /// Of a feed-forward network.
  public var dense: [Linear] = []
  public var output: Linear
  /// From past values of the target to the places of the forecast.
  public var highway: Linear?

  public init(_ configuration: ForecasterConfiguration, seed: UInt64) {
    self.configuration = configuration
    let c = configuration
    var initialiser = ParameterInitialiser(c.initialisation, seed: seed)
    if c.kind == .feedForward {
      for layer in 0..<c.layers {
        let inputs = layer == 0 ? c.window * c.inputs + c.horizon * c.known : c.hidden
        dense.append(Linear(inputs: inputs, outputs: c.hidden, initialiser: &initialiser))
      }
    } else {
      stack = RecurrentStack(
        c.cell.cell, input: c.inputs, hidden: c.hidden, layers: c.layers, dropout: c.dropout,
        initialiser: &initialiser)
    }
    output = Linear(inputs: c.features, outputs: c.outputs, initialiser: &initialiser)
    if let (inputs, outputs) = c.highwayShape {
      // It starts as nothing, so that training finds its way from the last value.
      var linear = Linear(inputs: inputs, outputs: outputs, initialiser: &initialiser)
      linear.weight = Tensor(shape: [outputs, inputs])
      linear.bias = Tensor(shape: [outputs])
      highway = linear
    }
  }

  /// - Parameters:
  ///   - past: the window `[batch, window, inputs]`; for an autoregressive network also the steps of the future but the
  ///     last, `[batch, window + horizon - 1, inputs]`.
  ///   - known: what is known of the future, `[batch, horizon, known]`; nil where nothing is.
  ///   - dropoutKey: random numbers for dropout; nil for none.
  /// - Returns: the numbers of each step's distribution, `[batch, horizon, parameters]`.
  public func callAsFunction(_ past: Tensor, known: Tensor?, dropoutKey: RandomKey? = nil) -> Tensor {
    let c = configuration
    let batch = past.shape[0]
    func drop(_ x: Tensor, _ stream: UInt32) -> Tensor {
      guard let dropoutKey else { return x }
      return x.dropout(c.dropout, key: dropoutKey.stream(Self.outputStream + stream))
    }
    var x: Tensor
    switch c.kind {
    case .autoregressive: return steps(past, state: nil, last: c.horizon, dropoutKey: dropoutKey).output
    case .recurrent:
      guard let stack else { preconditionFailure("a recurrent forecaster without layers") }
      let (_, state) = stack(
        .vectors(past), state: stack.zeroState(batch: batch), dropoutKey: dropoutKey)
      x = drop(state.layers[state.layers.count - 1][0], 0)
      if let known { x = .concatenate([x, known.reshaped([batch, known.count / batch])], axis: 1) }
    case .feedForward:
      x = past.reshaped([batch, past.count / batch])
      if let known { x = .concatenate([x, known.reshaped([batch, known.count / batch])], axis: 1) }
      for (index, layer) in dense.enumerated() { x = drop(layer(x).relu(), UInt32(index)) }
    }
    let result = output(x).reshaped([batch, c.horizon, c.parameters])
    guard let highway else { return result }
    let values = past.slice(0..<1, axis: 2).reshaped([batch, c.window])
    return result + places(highway(values).reshaped([batch, c.horizon, 1]))
  }

  /// Steps of an autoregressive network.
  ///
  /// - Parameters:
  ///   - inputs: `[batch, time, inputs]`
  ///   - state: before the first step; nil for zeros.
  ///   - last: how many of the steps to give the numbers of.
  /// - Returns: `[batch, last, parameters]`, and the state after the last step, to go on with.
  package func steps(
    _ inputs: Tensor, state: RecurrentState?, last: Int, dropoutKey: RandomKey? = nil
  ) -> (output: Tensor, state: RecurrentState) {
    guard let stack else { preconditionFailure("an autoregressive forecaster without layers") }
    let (batch, time) = (inputs.shape[0], inputs.shape[1])
    let (hidden, next) = stack(
      .vectors(inputs), state: state ?? stack.zeroState(batch: batch), dropoutKey: dropoutKey)
    var x = hidden.slice(time - last..<time, axis: 1)
    if let dropoutKey { x = x.dropout(configuration.dropout, key: dropoutKey.stream(Self.outputStream)) }
    let result = output(x)
    guard let highway else { return (result, next) }
    let values = inputs.slice(time - last..<time, axis: 1).slice(0..<1, axis: 2)
    return (result + places(highway(values)), next)
  }

  /// `[batch, time, 1]` as what is added to the places among the parameters, `[batch, time, parameters]`.
  private func places(_ x: Tensor) -> Tensor {
    let locations = configuration.distribution.output.locationCount
    let others = configuration.parameters - locations
    let copies = Array(repeating: x, count: locations)
    let none = others == 0 ? [] : [Tensor(shape: x.shape.replacingLast(others))]
    return .concatenate(copies + none, axis: 2)
  }

  // Streams of random numbers; the stack takes those from 0 on.
  private static let outputStream: UInt32 = 1 << 16

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try stack?.visitParameters(under: "rnn", visit)
    for index in dense.indices { try dense[index].visitParameters(under: "dense.\(index)", visit) }
    try output.visitParameters(under: "output", visit)
    try highway?.visitParameters(under: "highway", visit)
  }
}

extension ForecasterConfiguration {
  /// Features that the output layer reads.
  fileprivate var features: Int { kind == .recurrent ? hidden + horizon * known : hidden }
  fileprivate var outputs: Int { kind == .autoregressive ? parameters : horizon * parameters }

  /// Nil without one; a distribution of counts has no places that could be added to.
  fileprivate var highwayShape: (inputs: Int, outputs: Int)? {
    guard highway, distribution.output.locationCount > 0 else { return nil }
    return kind == .autoregressive ? (1, 1) : (window, horizon)
  }

  /// Names and shapes of all parameters, without making them.
  package var parameterShapes: [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    if kind == .feedForward {
      for layer in 0..<layers {
        shapes["dense.\(layer).weight"] = [hidden, layer == 0 ? window * inputs + horizon * known : hidden]
        shapes["dense.\(layer).bias"] = [hidden]
      }
    } else {
      shapes = RecurrentStack.parameterShapes(cell, input: inputs, hidden: hidden, layers: layers, prefix: "rnn.")
    }
    shapes["output.weight"] = [outputs, features]
    shapes["output.bias"] = [outputs]
    if let (inputs, outputs) = highwayShape {
      shapes["highway.weight"] = [outputs, inputs]
      shapes["highway.bias"] = [outputs]
    }
    return shapes
  }
}
