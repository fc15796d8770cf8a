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

/// Each kind of attention against its definition, written with plain loops.
@Suite struct AttentionTests {
  struct Model: Module {
    var attention: Attention
    /// `[batch, steps, queries]`
    var queries: Tensor
    /// `[batch, time, memory]`
    var memory: Tensor

    init(_ method: Attention.Method, batch: Int = 3, steps: Int = 2, time: Int = 4) {
      let features = method == .dot ? 3 : 5
      var initialiser = ParameterInitialiser(seed: 3)
      attention = Attention(method, queries: features, memory: 3, initialiser: &initialiser)
      queries = RandomKey(seed: 4).uniform([batch, steps, features], in: -1..<1)
      memory = RandomKey(seed: 5).uniform([batch, time, 3], in: -1..<1)
    }

    func run(_ lengths: [Int32]?) -> (context: Tensor, weights: Tensor) {
      attention(queries, keys: attention.keys(memory), memory: memory, lengths: lengths)
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try attention.visitParameters(visit)
      try visit("queries", &queries)
      try visit("memory", &memory)
    }
  }

  static let lengths: [Int32] = [4, 1, 2]

  private func score(_ model: Model, _ h: [Double], _ e: [Double]) -> Double {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let attention = model.attention
    let weight = attention.queryWeight.map { rows($0.scalars, of: h.count) } ?? []
    switch attention.method {
    case .dot: return dot(h, e)
    case .general: return dot(weight.map { dot($0, h) }, e)
    case .additive:
      guard let projection = attention.memoryProjection, let energy = attention.energy else { return .nan }
      let own = rows(projection.weight.scalars, of: e.count)
      return h.indices.reduce(0.0) { sum, i in
        let inner = dot(weight[i], h) + dot(own[i], e) + Double(projection.bias.scalars[i])
        return sum + Double(energy.scalars[i]) * tanh(inner)
      }
    }
  }

  /// Values below 1 from a dozen roundings of numbers below 4.
  @Test(arguments: Attention.Method.allCases) func valuesAreTheDefinition(_ method: Attention.Method) {
    let model = Model(method)
    for lengths in [nil, Self.lengths] {
      let (context, weights) = model.run(lengths)
      var (wantedContext, wantedWeights): ([Double], [Double]) = ([], [])
      for b in 0..<3 {
        let memory = rows(model.memory.slice(b..<b + 1, axis: 0).scalars, of: 3)
        for h in rows(model.queries.slice(b..<b + 1, axis: 0).scalars, of: model.queries.shape[2]) {
          let length = Int(lengths?[b] ?? 4)
          let powers = memory.enumerated().map { $0 < length ? exp(score(model, h, $1)) : 0 }
          let row = powers.map { $0 / powers.reduce(0, +) }
          wantedWeights += row
          wantedContext += (0..<3).map { k in zip(row, memory).reduce(0) { $0 + $1.0 * $1.1[k] } }
        }
      }
      #expect(worstDifference(weights.scalars, wantedWeights) { _ in 12 * 0x1p-22 } < 1)
      #expect(worstDifference(context.scalars, wantedContext) { _ in 12 * 0x1p-22 } < 1)
    }
  }

  /// Through the context and through the weights, which copying needs.
  @Test(arguments: Attention.Method.allCases) func derivatives(_ method: Attention.Method) {
    for lengths in [nil, Self.lengths] {
      let check = DerivativeCheck(Model(method)) { model in
        let (context, weights) = model.run(lengths)
        return (context * RandomKey(seed: 6).uniform(context.shape, in: 0.5..<1.5)).sum()
          + (weights * RandomKey(seed: 7).uniform(weights.shape, in: 0.5..<1.5)).sum()
      }
      #expect(check.worst < 1, "\(method) \(check)")
    }
  }

  @Test(arguments: Attention.Method.allCases) func companyAndThreadsDoNotMatter(_ method: Attention.Method) {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let model = Model(method, batch: 5, steps: 7, time: 30)
    let lengths: [Int32] = [30, 1, 17, 2, 29]
    let results = [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      return model.run(lengths).context
    }
    #expect(results.allSatisfy { $0 == results[0] })
    for b in 0..<5 {
      var own = model
      own.queries = model.queries.slice(b..<b + 1, axis: 0)
      own.memory = model.memory.slice(b..<b + 1, axis: 0).slice(0..<Int(lengths[b]), axis: 1)
      #expect(own.run(nil).context == results[0].slice(b..<b + 1, axis: 0))
    }
  }

  @Test func parametersAreVisited() {
    let names = { (method: Attention.Method) in Model(method).attention.parameters.map(\.name) }
    #expect(names(.dot).isEmpty && names(.general) == ["query.weight"])
    #expect(names(.additive) == ["query.weight", "memory.weight", "memory.bias", "energy"])
  }
}
