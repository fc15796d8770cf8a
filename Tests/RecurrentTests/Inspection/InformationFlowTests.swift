import Recurrent
import TestSupport
import Testing

@Suite struct InformationFlowTests {
  private static let tokens: [Int32] = [2, 0, 3, 3, 1]

  /// Each derivative by central differences of the equations in double precision.
  @Test(arguments: CellKind.reference, [0, 3])
  func normsAreThoseOfFiniteDifferences(kind: CellKind, embedding: Int) throws {
    let model = LanguageModel(
      LanguageModelConfiguration(
        vocabulary: 4, embedding: embedding, cell: kind, hidden: 3, layers: 2, initialisation: .uniform(0.8)), seed: 9)
    let flow = try model.informationFlow(Self.tokens)
    #expect(flow.norms.map(\.count) == [1, 2, 3, 4, 5])
    for (t, row) in flow.norms.enumerated() {
      for (s, norm) in row.enumerated() {
        func state(_ unit: Int, _ moved: [Double]) -> Double {
          var plain = PlainLanguageModel(model)
          for time in 0...t {
            let x = plain.vector(Self.tokens[time])
            plain.read(time == s ? zip(x, moved).map(+) : x)
          }
          return plain.h[1][unit]
        }
        let zeros = [Double](repeating: 0, count: embedding > 0 ? embedding : 4)
        let gradients: [Double] = (0..<3).flatMap { unit in numericalGradient(of: { state(unit, $0) }, at: zeros) }
        let squares = gradients.map { $0 * $0 }
        // Sums of products of a few float32 numbers up to 1.
        #expect(abs(norm - squares.reduce(0, +).squareRoot()) < 5e-6, "\(t) \(s)")
      }
    }
    let oneBack = (flow.norms[1][0] + flow.norms[2][1] + flow.norms[3][2] + flow.norms[4][3]) / 4
    #expect(abs(flow.byDistance[1] - oneBack) < 1e-12 && flow.byDistance.count == 5)
  }

  @Test func lengthsThatTakeTooLongAreRefused() {
    let model = LanguageModel(LanguageModelConfiguration(vocabulary: 4, hidden: 2, layers: 1), seed: 1)
    #expect(throws: InspectionError.longText(tokens: 201, most: 200)) {
      try model.informationFlow([Int32](repeating: 0, count: 201))
    }
    #expect(throws: InspectionError.shortText(tokens: 0, needed: 1)) { try model.informationFlow([]) }
    let wide = LanguageModel(
      LanguageModelConfiguration(vocabulary: 3000, embedding: 0, cell: .elman, hidden: 1000, layers: 1), seed: 1)
    #expect(throws: InspectionError.self) { try wide.informationFlow([Int32](repeating: 0, count: 190)) }
  }

  /// The largest norm is dark, a tenth of it two thirds as dark, a thousandth and less white.
  @Test func theMapIsLogarithmic() {
    let map = InformationFlow(norms: [[2], [0.2, 0.002], [0, 0.02, 0.0001]]).heatMap(["a", "\n", "<"])
    let expected: [[Float]] = [[1], [2.0 / 3, 0], [0, 1.0 / 3, 0]]
    for (row, wanted) in zip(map.strengths, expected) {
      for (strength, other) in zip(row, wanted) { #expect(abs(strength - other) < 1e-6) }
    }
    #expect(map.text(coloured: false) == "  a ⏎ < \na ██\n⏎ ▓▓  \n<   ░░  ")
    #expect(map.svg.contains("a (step 1) in the state after ⏎ (step 2): 0.2"))
    #expect(map.svg.contains("&lt;") && WellFormed.check(map.svg))
  }
}
