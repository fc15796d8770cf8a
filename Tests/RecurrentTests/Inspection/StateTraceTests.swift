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

/// States and gates against the equations in double precision.
@Suite struct StateTraceTests {
  private static let tokens: [Int32] = [0, 3, 1, 4, 2, 2, 0, 1]

  private static func model(_ kind: CellKind, embedding: Int, bound: Float) -> LanguageModel {
    LanguageModel(
      LanguageModelConfiguration(
        vocabulary: 5, embedding: embedding, cell: kind, hidden: 4, layers: 2, initialisation: .uniform(bound)),
      seed: 5)
  }

  @Test(arguments: CellKind.reference, [0, 3]) func statesAreThoseOfTheEquations(kind: CellKind, embedding: Int) throws
  {
    let model = Self.model(kind, embedding: embedding, bound: 0.8)
    let trace = model.stateTrace(Self.tokens)
    #expect(trace.count == 8 && trace.hidden == 4 && trace.names[1] == (kind == .lstm ? ["h", "c"] : ["h"]))
    var plain = PlainLanguageModel(model)
    for (time, token) in Self.tokens.enumerated() {
      plain.read(plain.vector(token))
      for layer in 0..<2 {
        for unit in 0..<4 {
          let h = trace.values(try trace.unit(layer: layer, name: "h", unit: unit))[time]
          #expect(abs(Double(h) - plain.h[layer][unit]) < 2e-6)
          guard kind == .lstm else { continue }
          let c = trace.values(try trace.unit(layer: layer, name: "c", unit: unit))[time]
          #expect(abs(Double(c) - plain.c[layer][unit]) < 2e-6)
        }
      }
    }
    #expect(throws: InspectionError.layer(2, of: 2)) { try trace.unit(layer: 2, name: "h", unit: 0) }
    #expect(throws: InspectionError.unit(4, of: 4)) { try trace.unit(layer: 0, name: "h", unit: 4) }
    #expect(throws: InspectionError.state("r", names: trace.names[0])) {
      try trace.unit(layer: 0, name: "r", unit: 0)
    }
  }

  /// Weights of this size drive gates to both ends.
  @Test(arguments: [CellKind.lstm, .gru], [0, 3])
  func gatesAreThoseOfTheEquations(kind: CellKind, embedding: Int) throws {
    let model = Self.model(kind, embedding: embedding, bound: 2.5)
    let found = model.gateSaturation(Self.tokens, model.stateTrace(Self.tokens))
    let gates: [(Int, String)] =
      kind == .lstm ? [(0, "input"), (1, "forget"), (3, "output")] : [(0, "reset"), (1, "update")]
    #expect(found.map(\.gate) == gates.flatMap { [$0.1, $0.1] })
    var (saw, plain) = ([String: Int](), PlainLanguageModel(model))
    for token in Self.tokens {
      let before = plain
      plain.read(plain.vector(token))
      for layer in 0..<2 {
        let x = layer == 0 ? plain.vector(token) : plain.h[0]
        let weights = plain.layers[layer]
        for (gate, name) in gates {
          for unit in 0..<4 {
            let row = gate * 4 + unit
            let sum =
              zip(weights.inputWeight[row], x).reduce(0) { $0 + $1.0 * $1.1 }
              + zip(weights.recurrentWeight[row], before.h[layer]).reduce(0) { $0 + $1.0 * $1.1 }
              + weights.inputBias[row] + weights.recurrentBias[row]
            let value = 1 / (1 + exp(-sum))
            if value < 0.1 { saw["\(layer)\(name)\(unit)<", default: 0] += 1 }
            if value > 0.9 { saw["\(layer)\(name)\(unit)>", default: 0] += 1 }
          }
        }
      }
    }
    #expect(saw.keys.contains { $0.hasSuffix("<") } && saw.keys.contains { $0.hasSuffix(">") })
    for one in found {
      for unit in 0..<4 {
        #expect(one.below[unit] == Double(saw["\(one.layer)\(one.gate)\(unit)<"] ?? 0) / 8)
        #expect(one.above[unit] == Double(saw["\(one.layer)\(one.gate)\(unit)>"] ?? 0) / 8)
      }
    }
  }

  @Test func aCellWithoutGatesHasNone() {
    let model = Self.model(.elman, embedding: 0, bound: 1)
    #expect(model.gateSaturation(Self.tokens, model.stateTrace(Self.tokens)).isEmpty)
  }
}
