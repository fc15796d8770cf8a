import Recurrent
import TestSupport
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Each pooling against its definition, written with plain loops.
@Suite(.serialized) struct SequencePoolingTests {
  struct Model: Module {
    var pooling: SequencePooling
    /// `[batch, time, features]`
    var x: Tensor

    /// Distances of at least 1/20 between the elements, so that small steps do not change which is the largest.
    init(
      _ method: SequencePooling.Method, bidirectional: Bool = false, batch: Int = 4, time: Int = 5, features: Int = 4
    ) {
      var initialiser = ParameterInitialiser(seed: 3)
      pooling = SequencePooling(
        method, features: features, bidirectional: bidirectional, size: 3, initialiser: &initialiser)
      let count = batch * time * features
      x = Tensor((0..<count).map { Float($0 * 37 % 89) / 20 - 2 }, shape: [batch, time, features])
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try pooling.visitParameters(visit)
      try visit("x", &x)
    }
  }

  static let lengths: [Int32] = [3, 5, 0, 1]

  static func reference(_ model: Model, steps: [[Double]]) -> [Double] {
    reference(model, model.pooling.method, steps)
  }

  static func reference(_ model: Model, _ method: SequencePooling.Method, _ steps: [[Double]]) -> [Double] {
    guard let first = steps.first, let last = steps.last else {
      return Array(repeating: 0, count: method == .concat ? 12 : 4)
    }
    func weighted(_ weights: [Double]) -> [Double] {
      first.indices.map { f in zip(weights, steps).reduce(0) { $0 + $1.0 * $1.1[f] } }
    }
    switch method {
    case .concat: return [.last, .max, .mean].flatMap { reference(model, $0, steps) }
    case .last: return model.pooling.bidirectional ? last.prefix(2) + first.suffix(2) : last
    case .mean: return weighted(steps.map { _ in 1 / Double(steps.count) })
    case .max: return first.indices.map { f in steps.map { $0[f] }.max() ?? 0 }
    case .attention:
      guard let projection = model.pooling.projection, let query = model.pooling.query else { return [] }
      let w = rows(projection.weight.scalars, of: first.count)
      let scores = steps.map { step in
        w.indices.reduce(0.0) { sum, row in
          let a = zip(w[row], step).reduce(Double(projection.bias.scalars[row])) { $0 + $1.0 * $1.1 }
          return sum + Double(query.scalars[row]) * tanh(a)
        }
      }
      let total = scores.reduce(0) { $0 + exp($1) }
      return weighted(scores.map { exp($0) / total })
    }
  }

  static let cases: [(SequencePooling.Method, Bool)] =
    SequencePooling.Method.allCases.map { ($0, false) } + [(.last, true), (.concat, true)]

  /// Values and scores are below 8 and go through a dozen roundings of 2^-22 at most.
  @Test(arguments: cases) func valuesAreTheDefinition(_ method: SequencePooling.Method, _ bidirectional: Bool) {
    let model = Model(method, bidirectional: bidirectional)
    for lengths in [nil, Self.lengths] {
      let y = model.pooling(model.x, lengths: lengths)
      #expect(y.shape == [4, method == .concat ? 12 : 4])
      let expected = (0..<4).flatMap { row in
        let steps = rows(model.x.slice(row..<row + 1, axis: 0).scalars, of: 4)
        return Self.reference(model, steps: Array(steps.prefix(Int(lengths?[row] ?? 5))))
      }
      #expect(worstDifference(y.scalars, expected) { _ in 12 * 0x1p-22 } < 1)
    }
  }

  @Test(arguments: cases) func derivatives(_ method: SequencePooling.Method, _ bidirectional: Bool) {
    for lengths in [nil, Self.lengths] {
      let check = DerivativeCheck(Model(method, bidirectional: bidirectional)) { model in
        let y = model.pooling(model.x, lengths: lengths)
        return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
      }
      #expect(check.worst < 1, "\(check)")
    }
  }

  /// Values and gradients; what stands in the padding is not a number.
  @Test(arguments: cases) func aSequenceAloneGivesTheSameBits(_ method: SequencePooling.Method, _ bidirectional: Bool) {
    let features = 34
    var model = Model(method, bidirectional: bidirectional, batch: 6, time: 70, features: features)
    let lengths: [Int32] = [3, 70, 0, 1, 69, 17]
    model.x.withUnsafeMutablePointer { x in
      for row in 0..<6 { for t in Int(lengths[row])..<70 { x[(row * 70 + t) * features + 1] = .nan } }
    }
    func run(_ x: Tensor, _ lengths: [Int32]?) -> (y: Tensor, dx: Tensor?, others: [Tensor]) {
      var model = model
      model.x = x
      let (_, y, gradients) = valueAndGradient(of: model) { model in
        let y = model.pooling(model.x, lengths: lengths)
        return ((y * y).sum(), y.detached)
      }
      return (y, gradients["x"], gradients.entries.map(\.tensor))
    }
    func row(_ x: Tensor?, _ row: Int) -> Tensor? { x?.slice(row..<row + 1, axis: 0) }
    let together = run(model.x, lengths)
    #expect(together.others.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
    for index in 0..<6 {
      let length = Int(lengths[index])
      let part = row(together.dx, index)
      #expect(part?.slice(length..<70, axis: 1).scalars.allSatisfy { $0 == 0 } == true)
      guard length > 0, let own = row(model.x, index)?.slice(0..<length, axis: 1) else {
        #expect(row(together.y, index)?.scalars.allSatisfy { $0 == 0 } == true)
        continue
      }
      let alone = run(own, nil)
      #expect(alone.y == row(together.y, index))
      #expect(alone.dx == part?.slice(0..<length, axis: 1))
    }
  }

  @Test(arguments: SequencePooling.Method.allCases) func threadsDoNotMatter(_ method: SequencePooling.Method) {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let model = Model(method, batch: 23, time: 60, features: 40)
    let results = [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      return valueAndGradient(of: model) { model in
        let y = model.pooling(model.x)
        return (y * y).sum()
      }
    }
    for result in results.dropFirst() {
      #expect(result.value == results[0].value)
      #expect(zip(result.gradients.entries, results[0].gradients.entries).allSatisfy { $0.tensor == $1.tensor })
    }
  }

  @Test func parametersAreVisited() {
    let names = Model(.attention).pooling.parameters.map(\.name)
    #expect(names == ["projection.weight", "projection.bias", "query"])
    #expect(Model(.max).pooling.parameters.isEmpty)
  }
}
