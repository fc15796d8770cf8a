import Tensors

/// How much of each earlier input is still in the state at each later step: the Frobenius norm of d h_t / d x_s, where h is
/// of the last layer and x_s is what the first layer reads at step s, an embedding vector or a one-hot vector.
public struct InformationFlow: Sendable, Hashable {
  /// `[t][s]` for s from 0 to t.
  public var norms: [[Double]]

  package init(norms: [[Double]]) { self.norms = norms }

  /// The mean over t of the norm k steps back, for k from 0 on.
  public var byDistance: [Double] {
    norms.indices.map { distance in
      (distance..<norms.count).reduce(0) { $0 + norms[$1][$1 - distance] } / Double(norms.count - distance)
    }
  }

  /// Norms below this part of the largest are white.
  private static let decades = 3.0

  /// A row for each step, a column for each input, on a logarithmic scale of three powers of ten.
  public func heatMap(_ tokens: [String]) -> HeatMap {
    let most = norms.flatMap { $0 }.max() ?? 1
    let strengths = norms.map { row in
      row.map { $0 > 0 ? Float(max(0, 1 + Double.log($0 / most) / Double.log(10) / Self.decades)) : 0 }
    }
    let names = tokens.map(VisibleToken.of)
    var map = HeatMap(rows: tokens, columns: tokens, strengths: strengths) { [norms] row, column in
      let value = norms[row][column]
      return "\(names[column]) (step \(column + 1)) in the state after \(names[row]) (step \(row + 1)): "
        + AxisTicks.text(value, step: max(1e-12, abs(value) / 100))
    }
    map.rowAxis = "state after this token"
    map.columnAxis =
      "input: norm of d h(t) / d x(s), darkest \(AxisTicks.text(most, step: most / 100)), white a thousandth"
    map.cell = max(11, min(24, 900 / max(1, tokens.count)))
    return map
  }

  /// The mean norm by distance.
  public var chart: Plot {
    var plot = Plot(
      title: "What is left of an input, by its distance", horizontal: "steps back, t - s",
      vertical: "mean norm of d h(t) / d x(s)",
      series: [Plot.Series("", .blue, .line, GradientFlow.points(byDistance))])
    plot.verticalScale = .logarithmic
    return plot
  }
}

extension LanguageModel {
  /// Most tokens that `informationFlow` reads: its work grows with the square of their number.
  public static let mostInformationTokens = 200
  /// MiB for the derivatives.
  private static let mostInformationMemory = 4096

  /// Computes all derivatives exactly, forward in time:
  ///
  ///     d state_t / d x_s = (d state_t / d state_{t-1}) (d state_{t-1} / d x_s)
  ///
  /// layer by layer, where a layer above the first gets the derivatives of what is below it as well.
  ///
  /// - Parameters:
  ///   - tokens: read from the state of zeros.
  ///   - progress: is told the steps that are done.
  /// - Throws: `InspectionError.shortText`, `.longText` or `.tooLarge`.
  public func informationFlow(
    _ tokens: [Int32], progress: (Int) -> Void = { _ in }
  ) throws(InspectionError) -> InformationFlow {
    guard tokens.count > 0 else { throw .shortText(tokens: 0, needed: 1) }
    guard tokens.count <= Self.mostInformationTokens else {
      throw .longText(tokens: tokens.count, most: Self.mostInformationTokens)
    }
    let features = configuration.embedding > 0 ? configuration.embedding : configuration.vocabulary
    // Each derivative once as it was and once as it becomes.
    let elements = stack.layers.reduce(0) { $0 + 2 * $1.hidden * $1.cell.states } * features * tokens.count
    guard elements >> 18 <= Self.mostInformationMemory else {
      throw .tooLarge(mebibytes: elements >> 18, most: Self.mostInformationMemory)
    }
    var stack = stack
    stack.prepare()
    var state = zeroState(batch: 1).layers
    // Of each layer, `[(s, features), state]` for all s up to t.
    var derivatives: [Tensor?] = Array(repeating: nil, count: stack.layers.count)
    var norms: [[Double]] = []
    for (time, token) in tokens.enumerated() {
      var x = inputVector(token)
      var below: Tensor?
      for (index, layer) in stack.layers.enumerated() {
        let step = StepJacobian(layer, input: x, state: state[index])
        let kept = derivatives[index].map { $0.linear(step.state) }
        let now: Tensor
        if let below {
          let risen = below.linear(step.input)
          // x_t had no part in what the layer was before.
          let past = kept.map { $0.followed(by: Tensor(shape: [features, $0.shape[1]])) }
          now = past.map { $0 + risen } ?? risen
        } else {
          let new = step.input.transposed
          now = kept.map { $0.followed(by: new) } ?? new
        }
        derivatives[index] = now
        (state[index], x) = (step.next, step.next[0].reshaped([layer.hidden]))
        below = now.slice(0..<layer.hidden, axis: 1)
      }
      norms.append(Self.norms(below, features: features, count: time + 1))
      progress(time + 1)
    }
    return InformationFlow(norms: norms)
  }

  /// Of each group of so many rows.
  private static func norms(_ derivative: Tensor?, features: Int, count: Int) -> [Double] {
    guard let derivative else { return [] }
    let size = derivative.count / count
    return derivative.withUnsafePointer { numbers in
      (0..<count).map { group in
        (group * size..<(group + 1) * size).reduce(0.0) { $0 + Double(numbers[$1]) * Double(numbers[$1]) }.squareRoot()
      }
    }
  }
}

extension Tensor {
  fileprivate func followed(by other: Tensor) -> Tensor { .concatenate([self, other], axis: 0) }

  /// Of a matrix.
  fileprivate var transposed: Tensor { InputProjection.transposed(self, adding: nil) }
}
