import Tensors

/// How far back in time a loss reaches: the norm of its gradient with respect to the states before it (Bengio, Simard and
/// Frasconi 1994; Pascanu, Mikolov and Bengio 2013).
public struct GradientFlow: Sendable, Hashable {
  /// Of one state vector of a layer. Where there are several, each is moved by itself: that of c leaves h of the same step
  /// as it is, so it is zero at the step of the loss.
  public struct Curve: Sendable, Hashable {
    public var layer: Int
    /// h or c.
    public var state: String
    /// Over the positions, of the Euclidean norm of d loss_t / d state_{t-k}, for k from 0 on.
    public var median: [Double]
    public var lowerQuartile: [Double]
    public var upperQuartile: [Double]

    package init(layer: Int, state: String, median: [Double], lowerQuartile: [Double], upperQuartile: [Double]) {
      (self.layer, self.state, self.median) = (layer, state, median)
      (self.lowerQuartile, self.upperQuartile) = (lowerQuartile, upperQuartile)
    }

    /// The factor by which the median changes from one step back to the next, between two distances: a geometric mean. NaN
    /// where the norm is zero in float32.
    public func factor(from near: Int, to far: Int) -> Double {
      guard median[near] > 0, median[far] > 0 else { return .nan }
      return Double.exp((Double.log(median[far]) - Double.log(median[near])) / Double(far - near))
    }

    /// The same over all steps but the first, on which the output reads h and not c.
    public var overall: Double { median.count > 2 ? factor(from: 1, to: median.count - 1) : .nan }
  }

  /// The singular values of d state_t / d state_{t-1} of a layer, all its state vectors together: how much one step
  /// stretches a small change of the state, in each of as many directions.
  public struct Spectrum: Sendable, Hashable {
    public var layer: Int
    /// From the largest to the smallest, each the median over positions.
    public var values: [Double]

    package init(layer: Int, values: [Double]) { (self.layer, self.values) = (layer, values) }

    public var largest: Double { values.first ?? .nan }
    public var median: Double { values.median }
    public var smallest: Double { values.last ?? .nan }
    /// The part of the values that are above 1: directions in which a gradient grows.
    public var shareAboveOne: Double { Double(values.count { $0 > 1 }) / Double(Swift.max(1, values.count)) }
  }

  public var positions: Int
  public var steps: Int
  /// Mean cross-entropy of the tokens at the positions, in nats.
  public var loss: Double
  /// Layer by layer, h before c.
  public var curves: [Curve]
  public var spectra: [Spectrum]
}

extension LanguageModel {
  /// Measures how the gradient of the loss at a token flows back through the steps before it.
  ///
  /// Each position of the text is a row of a batch that is read step by step, with a zero added to each state: the gradient
  /// with respect to that zero is d loss / d state. As many steps again are read before, so that the states are those of
  /// the midst of a text.
  ///
  /// - Parameters:
  ///   - tokens: of a text.
  ///   - steps: how far back.
  ///   - positions: of the text, evenly spread; fewer where it is short.
  ///   - spectra: at how many of the positions the singular values are computed.
  /// - Throws: `InspectionError.shortText`.
  public func gradientFlow(
    _ tokens: [Int32], steps: Int, positions: Int = 64, spectra: Int = 3
  ) throws(InspectionError) -> GradientFlow {
    precondition(steps > 0 && positions > 0, "\(steps) steps back at \(positions) positions")
    guard tokens.count >= steps + 2 else { throw .shortText(tokens: tokens.count, needed: steps + 2) }
    let warmUp = min(steps, tokens.count - steps - 2)
    let window = warmUp + steps + 2
    let batch = min(positions, tokens.count - window + 1)
    let starts = (0..<batch).map { batch == 1 ? 0 : $0 * (tokens.count - window) / (batch - 1) }
    func column(_ time: Int) -> [Int32] { starts.map { tokens[$0 + time] } }
    var start = zeroState(batch: batch)
    if warmUp > 0 {
      start =
        hidden(
          starts.flatMap { tokens[$0..<$0 + warmUp] }, batch: batch, time: warmUp, state: start
        ).state
    }
    var stack = stack
    stack.prepare()
    let layers = stack.layers
    let probes = Probes(
      tensors: (0...steps).flatMap { _ in zeroState(batch: batch).layers.flatMap { $0 } })
    let (loss, last, gradients) = valueAndGradient(of: probes) { probes in
      var probe = probes.tensors.makeIterator()
      var (state, before) = (start.layers, start.layers)
      for step in 0...steps {
        if step == steps { before = state.map { $0.map(\.detached) } }
        var input = SequenceInput.tokens(column(warmUp + step), batch: batch, time: 1, embedding: embedding?.weight)
        for (index, layer) in layers.enumerated() {
          state[index] = layer(input, initial: state[index]).final.map { vector in
            probe.next().map { vector + $0 } ?? vector
          }
          input = .vectors(state[index][0].reshaped([batch, 1, layer.hidden]))
        }
      }
      let output = state[layers.count - 1][0].reshaped([batch, 1, configuration.hidden])
      let targets = column(window - 1)
      let mean = adaptiveSoftmax?.loss(output, targets) ?? logits(output).softmaxCrossEntropy(targets)
      // The sum: rows do not meet, so each gets the gradient of its own loss.
      return (Float(batch) * mean, before)
    }
    return GradientFlow(
      positions: batch, steps: steps, loss: Double(loss.scalar) / Double(batch),
      curves: Self.curves(gradients, layers, steps: steps, batch: batch),
      spectra: self.spectra(column(warmUp + steps), state: last, rows: min(spectra, batch)))
  }

  private static func curves(
    _ gradients: Gradients, _ layers: [RecurrentLayer], steps: Int, batch: Int
  ) -> [GradientFlow.Curve] {
    let names = layers.enumerated().flatMap { index, layer in layer.stateNames.map { (index, $0) } }
    return names.enumerated().map { place, name in
      let norms = (0...steps).map { back -> [Double] in
        let gradient = gradients.entries[(steps - back) * names.count + place].tensor
        return rowNorms(gradient, rows: batch)
      }
      return GradientFlow.Curve(
        layer: name.0, state: name.1, median: norms.map(\.median), lowerQuartile: norms.map { $0.quantile(0.25) },
        upperQuartile: norms.map { $0.quantile(0.75) })
    }
  }

  private static func rowNorms(_ tensor: Tensor, rows: Int) -> [Double] {
    let (numbers, columns) = (tensor.scalars, tensor.count / rows)
    return (0..<rows).map { row in
      numbers[row * columns..<(row + 1) * columns].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
  }

  /// - Parameters:
  ///   - tokens: of the step, one for each row.
  ///   - state: before the step, `[batch, hidden]` for each state vector of each layer.
  ///   - rows: how many of the rows are looked at, evenly spread.
  private func spectra(_ tokens: [Int32], state: [[Tensor]], rows: Int) -> [GradientFlow.Spectrum] {
    var values = [[[Double]]](repeating: [], count: stack.layers.count)
    for index in 0..<rows {
      let row = index * tokens.count / rows
      var x = inputVector(tokens[row])
      for (layer, cell) in stack.layers.enumerated() {
        let jacobian = StepJacobian(cell, input: x, state: state[layer].map { $0.slice(row..<row + 1, axis: 0) })
        values[layer].append(SingularValues(jacobian.state).values)
        x = jacobian.next[0].reshaped([cell.hidden])
      }
    }
    return values.enumerated().map { layer, found in
      let count = found.first?.count ?? 0
      return GradientFlow.Spectrum(layer: layer, values: (0..<count).map { place in found.map { $0[place] }.median })
    }
  }

  private struct Probes: Module {
    /// `[batch, hidden]` for each step, layer and state vector, in this order.
    var tensors: [Tensor]

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      for index in tensors.indices { try visit("probe", &tensors[index]) }
    }
  }
}

extension SingularValues {
  /// - Parameter matrix: `[rows, columns]`
  init(_ matrix: Tensor) {
    let (numbers, columns) = (matrix.scalars, matrix.shape[1])
    self.init(
      columns: (0..<matrix.shape[0]).map { row in numbers[row * columns..<(row + 1) * columns].map(Double.init) })
  }
}
