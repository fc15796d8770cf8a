import Recurrent
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct GradientFlowTests {
  private static let (steps, hidden) = (3, 3)
  private static let tokens: [Int32] = [0, 3, 1, 4, 2, 2, 0, 1, 3, 4, 1, 0]

  private static func model(_ kind: CellKind, embedding: Int = 0) -> LanguageModel {
    LanguageModel(
      LanguageModelConfiguration(
        vocabulary: 5, embedding: embedding, cell: kind, hidden: hidden, layers: 2, initialisation: .uniform(0.8)),
      seed: 7)
  }

  /// The loss of the last token of a window when elements of the state k steps before its last step are moved.
  private static func loss(
    _ model: LanguageModel, start: Int, back: Int, layer: Int, isCell: Bool, moved: [Double]
  ) -> Double {
    var plain = PlainLanguageModel(model)
    // As many tokens come before as are looked at.
    let last = start + 2 * steps
    for time in start...last {
      guard time == last - back else {
        plain.read(plain.vector(tokens[time]))
        continue
      }
      var below = plain
      below.layers = Array(plain.layers[...layer])
      below.read(plain.vector(tokens[time]))
      (plain.h, plain.c) = (below.h, below.c)
      if isCell {
        plain.c[layer] = zip(plain.c[layer], moved).map(+)
      } else {
        plain.h[layer] = zip(plain.h[layer], moved).map(+)
      }
      plain.read(plain.h[layer], from: layer + 1)
    }
    return plain.crossEntropy(tokens[last + 1])
  }

  @Test(arguments: CellKind.reference, [0, 4])
  func normsAreThoseOfFiniteDifferences(kind: CellKind, embedding: Int) throws {
    let model = Self.model(kind, embedding: embedding)
    let flow = try model.gradientFlow(Self.tokens, steps: Self.steps, positions: 3)
    // Twelve tokens have room for windows of eight at 0, 2 and 4.
    let starts = [0, 2, 4]
    #expect(flow.positions == 3 && flow.curves.count == 2 * (kind == .lstm ? 2 : 1))
    for curve in flow.curves {
      #expect(curve.median.count == Self.steps + 1)
      for back in 0...Self.steps {
        let norms = starts.map { start -> Double in
          let gradient = numericalGradient(
            of: {
              Self.loss(
                model, start: start, back: back, layer: curve.layer, isCell: curve.state == "c", moved: $0)
            }, at: [Double](repeating: 0, count: Self.hidden))
          return gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }.sorted()
        // Norms up to about 1 from float32 activations.
        #expect(abs(curve.median[back] - norms[1]) < 5e-6, "\(curve.layer) \(curve.state) \(back)")
        #expect(abs(curve.lowerQuartile[back] - (norms[0] + norms[1]) / 2) < 5e-6)
        #expect(abs(curve.upperQuartile[back] - (norms[1] + norms[2]) / 2) < 5e-6)
      }
    }
    // The last state of the last layer alone is where the output reads.
    #expect(kind == .lstm || flow.curves[1].median[0] > 0.01)
  }

  /// The singular values at the last step of one position, of the derivatives by finite differences.
  @Test(arguments: [CellKind.lstm, .gru]) func spectraAreThoseOfFiniteDifferences(kind: CellKind) throws {
    let model = Self.model(kind)
    let flow = try model.gradientFlow(Self.tokens, steps: Self.steps, positions: 1)
    var plain = PlainLanguageModel(model)
    for time in 0..<2 * Self.steps { plain.read(plain.vector(Self.tokens[time])) }
    var x = plain.vector(Self.tokens[2 * Self.steps])
    for layer in 0..<2 {
      let count = kind == .lstm ? 2 * Self.hidden : Self.hidden
      func after(_ state: [Double], _ element: Int) -> Double {
        var (h, c) = (Array(state[..<Self.hidden]), Array(state.suffix(Self.hidden)))
        _ = plain.layers[layer].run([x], h: &h, c: &c)
        return (h + c)[element]
      }
      let at = Array((plain.h[layer] + plain.c[layer])[..<count])
      let columns = (0..<count).map { element in numericalGradient(of: { after($0, element) }, at: at) }
      for (one, other) in zip(flow.spectra[layer].values, SingularValues(columns: columns).values) {
        #expect(abs(one - other) < 5e-6)
      }
      x = (0..<Self.hidden).map { after(at, $0) }
    }
    let spectrum = GradientFlow.Spectrum(layer: 0, values: [2, 1.5, 0.5, 0])
    #expect(
      spectrum.largest == 2 && spectrum.median == 1 && spectrum.smallest == 0 && spectrum.shareAboveOne == 0.5)
  }

  /// Just so much text as is needed, and too little of it.
  @Test func theTextMustBeLongEnough() throws {
    let model = Self.model(.gru)
    let flow = try model.gradientFlow(Array(Self.tokens[..<5]), steps: 3)
    #expect(flow.positions == 1)
    #expect(throws: InspectionError.shortText(tokens: 4, needed: 5)) {
      try model.gradientFlow(Array(Self.tokens[..<4]), steps: 3)
    }
  }

  @Test func theFactorPerStepIsAGeometricMean() {
    let curve = GradientFlow.Curve(
      layer: 0, state: "h", median: [8, 7, 2, 0], lowerQuartile: [], upperQuartile: [])
    #expect(abs(curve.factor(from: 0, to: 2) - 0.5) < 1e-12)
    #expect(curve.factor(from: 0, to: 3).isNaN && curve.overall.isNaN)
  }

  @Test func quantilesLieBetweenNeighbours() {
    #expect([3.0, 1, 2, 4].quantile(0.25) == 1.75 && [3.0, 1, 2].median == 2 && [Double]().median.isNaN)
  }
}
