import TestSupport
import Tensors
import Testing

/// Products of the matrices of a batch against their definitions, their derivatives, and padding.
@Suite struct BatchedProductsTests {
  struct Model: Module {
    /// `[batch, queries, features]`
    var queries = RandomKey(seed: 1).uniform([3, 2, 5], in: -1..<1)
    /// `[batch, time, features]`
    var steps = RandomKey(seed: 2).uniform([3, 4, 5], in: -1..<1)

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("queries", &queries)
      try visit("steps", &steps)
    }
  }

  static let lengths: [Int32] = [4, 1, 0]

  /// Sums of at most five products below 1, each rounded a few times: 2^-24 of 5, a few times over.
  @Test(arguments: [nil, lengths]) func valuesAreTheDefinition(_ lengths: [Int32]?) {
    let model = Model()
    let (q, s) = (model.queries.scalars.map(Double.init), model.steps.scalars.map(Double.init))
    let products = model.queries.innerProducts(model.steps, lengths: lengths)
    let weights = products.softmax(lengths: lengths)
    let mixed = weights.mixing(model.steps, lengths: lengths)
    var (wantedProducts, wantedWeights, wantedMixed): ([Double], [Double], [Double]) = ([], [], [])
    for b in 0..<3 {
      for u in 0..<2 {
        let own = (0..<4).map { t -> Double in
          t >= Int(lengths?[b] ?? 4)
            ? -.infinity : (0..<5).reduce(0) { $0 + q[(b * 2 + u) * 5 + $1] * s[(b * 4 + t) * 5 + $1] }
        }
        wantedProducts += own.map { $0 == -.infinity ? 0 : $0 }
        let powers = own.map { exponential($0) }
        let sum = powers.reduce(0, +)
        let row = powers.map { sum > 0 ? $0 / sum : 0 }
        wantedWeights += row
        wantedMixed += (0..<5).map { k in (0..<4).reduce(0) { $0 + row[$1] * s[(b * 4 + $1) * 5 + k] } }
      }
    }
    #expect(worstDifference(products.scalars, wantedProducts) { _ in 5 * 0x1p-22 } < 1)
    #expect(worstDifference(weights.scalars, wantedWeights) { _ in 5 * 0x1p-22 } < 1)
    #expect(worstDifference(mixed.scalars, wantedMixed) { _ in 5 * 0x1p-22 } < 1)
  }

  private func exponential(_ x: Double) -> Double { x == -.infinity ? 0 : Double.exp(x) }

  @Test(arguments: [nil, lengths]) func derivatives(_ lengths: [Int32]?) {
    func check(_ name: String, _ operation: (Model) -> Tensor) {
      let check = DerivativeCheck(Model()) { model in
        let y = operation(model)
        return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
      }
      #expect(check.worst < 1, "\(name) \(check)")
    }
    check("inner") { $0.queries.innerProducts($0.steps, lengths: lengths) }
    check("softmax") { $0.queries.softmax(lengths: lengths.map { $0.map { min($0 + 1, 5) } }) }
    check("mixing") { $0.queries.slice(0..<4, axis: 2).mixing($0.steps, lengths: lengths) }
    check("all") {
      $0.queries.innerProducts($0.steps, lengths: lengths).softmax(lengths: lengths).mixing($0.steps, lengths: lengths)
    }
  }

  /// An item by itself, without padding, has the same bits; what stands in the padding is no number.
  @Test func paddingHasNoInfluence() {
    let features = 37
    let lengths: [Int32] = [3, 9, 1]
    var steps = RandomKey(seed: 4).uniform([3, 9, features], in: -1..<1)
    let queries = RandomKey(seed: 5).uniform([3, 4, features], in: -1..<1)
    steps.withUnsafeMutablePointer { steps in
      for b in 0..<3 {
        for t in Int(lengths[b])..<9 { steps[(b * 9 + t) * features + 5] = .nan }
      }
    }
    let together = queries.innerProducts(steps, lengths: lengths).softmax(lengths: lengths)
      .mixing(steps, lengths: lengths)
    for b in 0..<3 {
      let own = steps.slice(b..<b + 1, axis: 0).slice(0..<Int(lengths[b]), axis: 1)
      let alone = queries.slice(b..<b + 1, axis: 0).innerProducts(own).softmax().mixing(own)
      #expect(alone == together.slice(b..<b + 1, axis: 0))
    }
  }

  /// The mean of (1 - e) times the entropy of the target and e times the mean over all classes; a negative target counts
  /// nothing.
  @Test func smoothedTargetsAreMixtures() {
    let logits = RandomKey(seed: 6).uniform([3, 7], in: -2..<2)
    let x = rows(logits.scalars, of: 7)
    let targets: [Int32] = [2, -1, 6]
    let wanted = [0, 2].map { row -> Double in
      let partition = Double.log(x[row].reduce(0) { $0 + Double.exp($1) })
      let mean = x[row].reduce(0) { $0 + partition - $1 } / 7
      return 0.9 * (partition - x[row][Int(targets[row])]) + 0.1 * mean
    }
    let loss = logits.softmaxCrossEntropy(targets, smoothing: 0.1).scalar
    // Of numbers below 8, with a dozen roundings.
    #expect(abs(Double(loss) - wanted.reduce(0, +) / 2) < 12 * 0x1p-21)
  }
}
