import Recurrent
import TestSupport
import Tensors
import Testing

/// The networks: shapes, derivatives, and what they may look at.
@Suite struct ForecasterTests {
  static let kinds = ForecasterKind.allCases

  static func configuration(
    _ kind: ForecasterKind, distribution: DistributionKind = .gaussian, layers: Int = 1, known: Int = 2,
    highway: Bool = true, dropout: Float = 0
  ) -> ForecasterConfiguration {
    ForecasterConfiguration(
      kind: kind, window: 4, horizon: 3, past: 3, known: known, distribution: distribution, hidden: 5, layers: layers,
      dropout: dropout, highway: highway)
  }

  private func inputs(_ c: ForecasterConfiguration, batch: Int = 2) -> (past: Tensor, known: Tensor?) {
    let steps = c.kind == .autoregressive ? c.window + c.horizon - 1 : c.window
    let known = RandomKey(seed: 3).uniform([batch, c.horizon, max(1, c.known)], in: -1..<1)
    return (
      RandomKey(seed: 2).uniform([batch, steps, c.inputs], in: -1..<1),
      c.known == 0 || c.kind == .autoregressive ? nil : known
    )
  }

  @Test(arguments: kinds, [true, false]) func shapesAndDerivatives(_ kind: ForecasterKind, _ highway: Bool) {
    for distribution in [DistributionKind.gaussian, .student, .quantile([0.1, 0.5, 0.9])] {
      let c = Self.configuration(kind, distribution: distribution, layers: 2, known: highway ? 2 : 0, highway: highway)
      #expect(c.flaw == nil)
      let (past, known) = inputs(c)
      var model = Forecaster(c, seed: 4)
      #expect(model(past, known: known).shape == [2, 3, distribution.output.parameterCount])
      // Nothing at its start, and not in between.
      if var highway = model.highway {
        highway.weight = RandomKey(seed: 9).uniform(highway.weight.shape, in: -1..<1)
        model.highway = highway
      }
      let check = DerivativeCheck(model) { model in
        let y = model(past, known: known)
        return (y * RandomKey(seed: 5).uniform(y.shape, in: 0.5..<1.5)).sum()
      }
      #expect(check.worst < 1, "\(check)")
    }
  }

  @Test(arguments: kinds) func everyTensorIsVisited(_ kind: ForecasterKind) {
    func stored(_ value: Any) -> Int {
      if value is Tensor { return 1 }
      return Mirror(reflecting: value).children.reduce(0) { $0 + stored($1.value) }
    }
    for (layers, highway) in [(1, true), (3, false)] {
      let c = Self.configuration(kind, layers: layers, highway: highway)
      let model = Forecaster(c, seed: 1)
      #expect(stored(model) == model.parameters.count)
      let shapes = Dictionary(
        model.parameters.map { ($0.name, $0.tensor.shape.array) }, uniquingKeysWith: { first, _ in first })
      #expect(shapes == c.parameterShapes)
    }
  }

  /// The highway starts as nothing, and adds to places alone.
  @Test(arguments: kinds) func theHighway(_ kind: ForecasterKind) {
    let c = Self.configuration(kind)
    let (past, known) = inputs(c)
    var model = Forecaster(c, seed: 1)
    var without = model
    without.highway = nil
    #expect(model(past, known: known) == without(past, known: known))
    if var highway = model.highway {
      highway.bias = Tensor(shape: highway.bias.shape, repeating: 1)
      model.highway = highway
    }
    let difference = (model(past, known: known) - without(past, known: known)).scalars
    #expect(difference.enumerated().allSatisfy { $0 % 2 == 0 ? abs($1 - 1) < 1e-6 : $1 == 0 })
    #expect(Forecaster(Self.configuration(kind, distribution: .negativeBinomial), seed: 1).highway == nil)
  }

  @Test func flaws() {
    var c = Self.configuration(.recurrent)
    for (path, value) in [
      (\ForecasterConfiguration.window, 0), (\.window, 1 << 30), (\.horizon, 0), (\.horizon, 1 << 20), (\.past, 1),
      (\.known, -1), (\.hidden, 0), (\.layers, 0), (\.hidden, Int.max),
    ] {
      let before = c[keyPath: path]
      c[keyPath: path] = value
      #expect(c.flaw != nil)
      c[keyPath: path] = before
    }
    c.dropout = 1
    #expect(c.flaw != nil)
    c.dropout = .nan
    #expect(c.flaw != nil)
    #expect(Self.configuration(.recurrent, distribution: .quantile([0.2])).flaw != nil)
  }
}
