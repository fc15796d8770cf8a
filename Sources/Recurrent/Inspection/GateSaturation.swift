import Tensors

/// How often the gates of each unit are as good as shut or open (Karpathy, Johnson and Fei-Fei 2015).
public struct GateSaturation: Sendable, Hashable {
  public var layer: Int
  /// input, forget, output; reset, update.
  public var gate: String
  /// Of each unit, the part of the steps at which the gate is below 0.1.
  public var below: [Double]
  /// Of each unit, the part of the steps at which it is above 0.9.
  public var above: [Double]

  static let shut: Float = 0.1
  static let open: Float = 0.9

  /// A dot for each unit of each layer, for one gate.
  public static func chart(_ saturations: [GateSaturation]) -> Plot {
    let gate = saturations.first?.gate ?? ""
    var plot = Plot(
      title: "\(gate) gate", horizontal: "part of the steps below 0.1 (shut)",
      vertical: "part of the steps above 0.9 (open)",
      series: saturations.enumerated().map { index, one in
        Plot.Series(
          saturations.count == 1 ? "a unit" : "units of layer \(one.layer)", .of(index), .dots,
          zip(one.below, one.above).map { Plot.Point(x: $0, y: $1) })
      })
    plot.horizontalRange = -0.03...1.03
    plot.verticalRange = -0.03...1.03
    return plot
  }
}

extension LanguageModel {
  /// The gates that are sigmoids, by their place among the gates of the cell.
  private var sigmoidGates: [(index: Int, name: String)] {
    switch configuration.cell {
    case .lstm: [(0, "input"), (1, "forget"), (3, "output")]
    case .gru: [(0, "reset"), (1, "update")]
    default: []
    }
  }

  /// The gates of each layer while a text is read, gate by gate; none of a cell without gates.
  ///
  /// - Parameters:
  ///   - tokens: of the text.
  ///   - trace: the states that this model had.
  public func gateSaturation(_ tokens: [Int32], _ trace: StateTrace) -> [GateSaturation] {
    sigmoidGates.flatMap { gate, name in
      stack.layers.indices.map { layer in
        let activations = gateActivations(gate, layer: layer, tokens, trace).scalars
        let (hidden, time) = (stack.layers[layer].hidden, Double(tokens.count))
        var (below, above) = ([Double](repeating: 0, count: hidden), [Double](repeating: 0, count: hidden))
        for (place, activation) in activations.enumerated() {
          if activation < GateSaturation.shut { below[place % hidden] += 1 }
          if activation > GateSaturation.open { above[place % hidden] += 1 }
        }
        return GateSaturation(
          layer: layer, gate: name, below: below.map { $0 / time }, above: above.map { $0 / time })
      }
    }
  }

  /// sigmoid(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh) of a gate, `[time, hidden]`.
  private func gateActivations(_ gate: Int, layer index: Int, _ tokens: [Int32], _ trace: StateTrace) -> Tensor {
    let layer = stack.layers[index]
    let rows = gate * layer.hidden..<(gate + 1) * layer.hidden
    let time = tokens.count
    let inputWeight = layer.weights.inputWeight.slice(rows, axis: 0)
    let input: Tensor
    if index > 0 {
      input = trace.states[index - 1][0].linear(inputWeight)
    } else if let embedding {
      input = embedding.weight.linear(inputWeight).gather(tokens, shape: [time])
    } else {
      input = InputProjection.transposed(inputWeight, adding: nil).gather(tokens, shape: [time])
    }
    // h_{t-1}: zeros before the first token.
    let h = trace.states[index][0]
    let before = Tensor.concatenate(
      [Tensor(shape: [1, layer.hidden])] + (time > 1 ? [h.slice(0..<time - 1, axis: 0)] : []), axis: 0)
    let bias = layer.weights.inputBias.slice(rows, axis: 0) + layer.weights.recurrentBias.slice(rows, axis: 0)
    return (input + before.linear(layer.weights.recurrentWeight.slice(rows, axis: 0), bias: bias)).sigmoid()
  }
}
