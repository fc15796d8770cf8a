import Tensors

/// What a model loses without one of its units.
public struct Ablation: Sendable, Hashable {
  public var layer: Int
  public var unit: Int
  /// Mean cross-entropy with all units, in nats per token.
  public var loss: Double
  /// How much higher it is without the unit, in nats per token.
  public var change: Double
  /// The same of the tokens that follow where a property holds, and of those where it does not; nil without a property, or
  /// where there are none.
  public var changeWhereItHolds: Double?
  public var changeElsewhere: Double?
}

extension LanguageModel {
  /// The model with a unit held at zero at every step, all its state vectors.
  ///
  /// A unit is heard through its h alone: by the next step of its layer, the layer above and the output. So the weights of
  /// these are set to zero; what the unit then makes of its own state reaches nothing else.
  ///
  /// - Throws: `InspectionError.layer` or `.unit`.
  public func ablated(layer: Int, unit: Int) throws(InspectionError) -> LanguageModel {
    guard stack.layers.indices.contains(layer) else { throw .layer(layer, of: stack.layers.count) }
    guard (0..<configuration.hidden).contains(unit) else { throw .unit(unit, of: configuration.hidden) }
    var model = self
    // Its weight is the embedding's no more, which goes on being read as it is.
    if configuration.tied { model.outputWeight = projection }
    let heard = ["rnn.weight_hh_l\(layer)"] + (layer + 1 < stack.layers.count ? ["rnn.weight_ih_l\(layer + 1)"] : [])
    model.visitParameters { name, tensor in
      let isOutput = layer == stack.layers.count - 1 && name.hasPrefix("output.") && tensor.shape.rank == 2
      // In an adaptive softmax, the second matrix of a cluster reads fewer features.
      guard heard.contains(name) || isOutput && tensor.shape[1] == configuration.hidden && !name.hasSuffix(".1.weight")
      else { return }
      let (rows, columns) = (tensor.shape[0], tensor.shape[1])
      tensor.withUnsafeMutablePointer { weights in
        for row in 0..<rows { weights[row * columns + unit] = 0 }
      }
    }
    return model
  }

  /// Cross-entropies in nats of each token of a text but the first, from the state of zeros.
  public func crossEntropies(_ tokens: [Int32]) -> [Float] {
    var state = zeroState(batch: 1)
    return crossEntropies(tokens, batch: 1, state: &state)
  }

  /// Holds a unit at zero and measures what that costs.
  ///
  /// - Parameters:
  ///   - tokens: of a text, two at least.
  ///   - losses: `crossEntropies` of them with all units.
  ///   - property: after each token, as `TextProperty.values` gives it; of a number, nil.
  /// - Throws: `InspectionError.layer`, `.unit` or `.shortText`.
  public func ablation(
    layer: Int, unit: Int, _ tokens: [Int32], losses: [Float], property: [Double?]? = nil
  ) throws(InspectionError) -> Ablation {
    guard tokens.count >= 2 else { throw .shortText(tokens: tokens.count, needed: 2) }
    let changes = zip(try ablated(layer: layer, unit: unit).crossEntropies(tokens), losses).map {
      Double($0) - Double($1)
    }
    func mean(_ chosen: [Double]) -> Double? {
      chosen.isEmpty ? nil : chosen.reduce(0, +) / Double(chosen.count)
    }
    func mean(where value: Double) -> Double? {
      property.flatMap { property in mean(changes.indices.filter { property[$0] == value }.map { changes[$0] }) }
    }
    return Ablation(
      layer: layer, unit: unit, loss: losses.reduce(0) { $0 + Double($1) } / Double(losses.count),
      change: mean(changes) ?? 0, changeWhereItHolds: mean(where: 1), changeElsewhere: mean(where: 0))
  }
}
