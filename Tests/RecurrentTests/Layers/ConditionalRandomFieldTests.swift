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

/// Against all paths one by one, in double precision.
@Suite(.serialized) struct ConditionalRandomFieldTests {
  struct Model: Module {
    var field: ConditionalRandomField
    /// `[batch, time, tags]`
    var emissions: Tensor

    init(batch: Int = 1, time: Int, tags: Int, allowed: AllowedTransitions? = nil, seed: UInt64 = 1) {
      field = ConditionalRandomField(tags: tags, allowed: allowed)
      emissions = Tensor(shape: [batch, time, tags])
      var key = RandomKey(seed: seed)
      visitParameters {
        $1 = key.uniform($1.shape, in: -3..<3)
        key.stream += 1
      }
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try field.visitParameters(visit)
      try visit("emissions", &emissions)
    }

    /// Of the first sequence.
    var enumerated: EnumeratedField {
      let tags = field.tags
      func potential(_ from: Int?, _ to: Int?, _ value: Double) -> Double {
        field.allowed?.allows(from, to) == false ? -.infinity : value
      }
      let transitions = rows(field.transitions.scalars, of: tags)
      return EnumeratedField(
        emissions: rows(Array(emissions.scalars.prefix(emissions.shape[1] * tags)), of: tags),
        transitions: (0..<tags).map { i in (0..<tags).map { potential(i, $0, transitions[i][$0]) } },
        start: field.start.scalars.enumerated().map { potential(nil, $0, Double($1)) },
        end: field.end.scalars.enumerated().map { potential($0, nil, Double($1)) })
    }
  }

  /// As for the kernels: 24 roundings of numbers below 16; the loss, below 64, is rounded once more, by 2^-19.
  static let tolerance = 24 * 0x1p-21

  /// Begin, go on, outside and a tag that stands alone between outsides; any of the first `tags` of them.
  static func scheme(tags: Int) -> AllowedTransitions {
    AllowedTransitions(tags: tags) { from, to in
      if to == 1 { return from == 1 || from == 2 }
      if to == 3 || from == 3 { return (from ?? 0) == 0 && to == 3 || from == 3 && (to ?? 0) == 0 }
      return true
    }
  }

  /// A model of short sequences; with a mask, what it forbids has the highest scores of all.
  static func model(time: Int, tags: Int, masked: Bool, seed: UInt64) -> Model {
    var model = Model(time: time, tags: tags, allowed: masked ? scheme(tags: tags) : nil, seed: seed)
    if masked && tags > 1 {
      model.field.start.withUnsafeMutablePointer { $0[1] = 500 }
      model.field.transitions.withUnsafeMutablePointer { $0[1] = 500 }
    }
    return model
  }

  @Test(arguments: 1...4, [false, true]) func lossAndGradientAreThoseOfAllPaths(_ tags: Int, _ masked: Bool) {
    for (time, seed) in (1...5).flatMap({ time in [1, 2, 3].map { (time, UInt64($0)) } }) {
      let model = Self.model(time: time, tags: tags, masked: masked, seed: seed)
      let expected = model.enumerated
      let path = expected.possiblePaths[Int(seed) * 7919 % expected.possiblePaths.count]
      let (loss, gradients) = valueAndGradient(of: model) {
        $0.field.negativeLogLikelihood($0.emissions, tags: path.map(Int32.init)).sum()
      }
      let difference = Double(loss.scalar) - (expected.logPartition - expected.score(path))
      #expect(abs(difference) < Self.tolerance + 0x1p-19)

      // What the model expects, less what the data have.
      var (steps, pairs) = (expected.marginals, expected.pairs)
      for (t, tag) in path.enumerated() { steps[t][tag] -= 1 }
      for (from, to) in zip(path, path.dropFirst()) { pairs[from][to] -= 1 }
      for (name, wanted) in [
        ("emissions", steps), ("start_transitions", [steps[0]]), ("end_transitions", [steps[time - 1]]),
      ] {
        #expect(worstDifference(gradients[name]?.scalars ?? [], wanted.flatMap { $0 }) { _ in Self.tolerance } < 1)
      }
      // As many terms as there are transitions.
      #expect(
        worstDifference(gradients["transitions"]?.scalars ?? [], pairs.flatMap { $0 }) { _ in
          Self.tolerance * Double(time)
        } < 1)
      for (from, to) in (0..<tags * tags).map({ ($0 / tags, $0 % tags) })
      where model.field.allowed?.allows(from, to) == false {
        #expect(gradients["transitions"]?.scalars[from * tags + to] == 0)
      }
    }
  }

  @Test(arguments: 1...4, [false, true]) func bestPathAndMarginalsAreThoseOfAllPaths(_ tags: Int, _ masked: Bool) {
    for (time, seed) in (1...5).flatMap({ time in [1, 2, 3].map { (time, UInt64($0)) } }) {
      let model = Self.model(time: time, tags: tags, masked: masked, seed: seed)
      let expected = model.enumerated
      let decoded = model.field.decode(model.emissions)
      #expect(decoded.map(\.tags) == [expected.bestPath])
      #expect(abs(decoded[0].score - expected.bestScore) < 1e-12)
      let marginals = model.field.marginals(model.emissions).scalars
      let wanted = expected.marginals.flatMap { $0 }
      #expect(worstDifference(marginals, wanted) { $0 == 0 ? 0x1p-149 : Self.tolerance } < 1)
    }
  }

  /// Emissions that beg for what is not allowed, so strongly that all allowed paths together have no float's probability.
  @Test func whatIsForbiddenIsNeverDecoded() {
    let allowed = Self.scheme(tags: 4)
    for seed in 1...50 as ClosedRange<UInt64> {
      let field = ConditionalRandomField(tags: 4, allowed: allowed)
      let emissions = RandomKey(seed: seed).uniform([2, 9, 4], in: -1000..<1000)
      for (tags, score) in field.decode(emissions, lengths: [9, 4]) {
        #expect(allowed.firstViolation(in: tags) == nil && score.isFinite)
      }
      let loss = field.negativeLogLikelihood(emissions, tags: Array(repeating: 0, count: 18), lengths: [9, 4])
      #expect(loss.scalars.allSatisfy { $0.isFinite && $0 >= 0 })
    }
  }

  /// A sequence alone, and between others with numbers in its padding that must not be read: the same bits.
  @Test(arguments: [3, 16, 21]) func aSequenceAloneGivesTheSameBits(_ tags: Int) {
    let lengths: [Int32] = [5, 1, 3, 0, 5, 2]
    var model = Model(batch: 6, time: 7, tags: tags)
    let targets = (0..<42).map { Int32($0 * 5 % tags) }
    model.emissions.withUnsafeMutablePointer { emissions in
      for row in 0..<6 { for t in Int(lengths[row])..<7 { emissions[(row * 7 + t) * tags] = .nan } }
    }
    func run(_ model: Model, _ targets: [Int32], _ lengths: [Int32]?) -> (loss: Tensor, emissions: Tensor?) {
      let (_, loss, gradients) = valueAndGradient(of: model) { model in
        let loss = model.field.negativeLogLikelihood(model.emissions, tags: targets, lengths: lengths)
        return (loss.sum(), loss.detached)
      }
      return (loss, gradients["emissions"])
    }
    let together = run(model, targets, lengths)
    let marginals = model.field.marginals(model.emissions, lengths: lengths)
    let decoded = model.field.decode(model.emissions, lengths: lengths)
    for row in 0..<6 {
      let length = Int(lengths[row])
      func own(_ x: Tensor?, _ steps: Range<Int>) -> Tensor? { x?.slice(row..<row + 1, axis: 0).slice(steps, axis: 1) }
      for padded in [own(together.emissions, length..<7), own(marginals, length..<7)] {
        #expect(padded?.scalars.allSatisfy { $0 == 0 } == true)
      }
      guard length > 0, let emissions = own(model.emissions, 0..<length) else {
        #expect(together.loss.scalars[row] == 0 && decoded[row].tags.isEmpty && decoded[row].score == 0)
        continue
      }
      var alone = model
      alone.emissions = emissions
      let single = run(alone, Array(targets[row * 7..<row * 7 + length]), nil)
      #expect(single.loss.scalar == together.loss.scalars[row])
      #expect(single.emissions == own(together.emissions, 0..<length))
      #expect(alone.field.marginals(emissions) == own(marginals, 0..<length))
      #expect(alone.field.decode(emissions)[0] == decoded[row])
    }
  }

  @Test func threadsDoNotMatter() {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let model = Model(batch: 19, time: 8, tags: 5)
    let targets = (0..<19 * 8).map { Int32($0 * 3 % 5) }
    let results = [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      return valueAndGradient(of: model) { $0.field.negativeLogLikelihood($0.emissions, tags: targets).mean() }
    }
    for result in results.dropFirst() {
      #expect(result.value == results[0].value)
      #expect(zip(result.gradients.entries, results[0].gradients.entries).allSatisfy { $0.tensor == $1.tensor })
    }
  }

  /// Sequences that count differently, one of them shorter.
  @Test func derivatives() {
    let weights = Tensor([0.5, 2, -1], shape: [3])
    let check = DerivativeCheck(Model(batch: 3, time: 4, tags: 3)) { model in
      let tags: [Int32] = [0, 1, 2, 2, 1, 1, 0, 9, 2, 0, 1, 0]
      return (model.field.negativeLogLikelihood(model.emissions, tags: tags, lengths: [4, 3, 4]) * weights).sum()
    }
    #expect(check.worst < 1, "\(check)")
  }

  /// Sums and products of exponentials in double precision, scaled step by step (Rabiner 1989).
  static func scaled(_ model: Model) -> (logPartition: Double, marginals: [[Double]]) {
    let tags = model.field.tags
    let emissions = rows(model.emissions.scalars, of: tags).map { $0.map(exp) }
    let transitions = rows(model.field.transitions.scalars, of: tags).map { $0.map(exp) }
    let ends = [model.field.start, model.field.end].map { $0.scalars.map { exp(Double($0)) } }
    var logPartition = 0.0
    var alphas: [[Double]] = []
    for step in emissions {
      var alpha = ends[0]
      if let last = alphas.last {
        alpha = (0..<tags).map { j in (0..<tags).reduce(0) { $0 + last[$1] * transitions[$1][j] } }
      }
      alpha = zip(alpha, step).map(*)
      let sum = alpha.reduce(0, +)
      logPartition += log(sum)
      alphas.append(alpha.map { $0 / sum })
    }
    logPartition += log(zip(alphas[alphas.count - 1], ends[1]).reduce(0) { $0 + $1.0 * $1.1 })
    var beta = ends[1]
    var marginals: [[Double]] = []
    for (alpha, step) in zip(alphas, emissions).reversed() {
      let product = zip(alpha, beta).map(*)
      let sum = product.reduce(0, +)
      marginals.append(product.map { $0 / sum })
      beta = (0..<tags).map { i in (0..<tags).reduce(0) { $0 + transitions[i][$1] * step[$1] * beta[$1] } / sum }
    }
    return (logPartition, marginals.reversed())
  }

  /// Only differences are carried along: 3,000 steps add their roundings, four of at most 2^-22, as they fall, which makes
  /// sqrt(3000) = 55 of them. The loss, about 6,000, is itself rounded by 2^-12.
  @Test func longSequencesAreAsPrecise() {
    let model = Model(time: 3000, tags: 5)
    let expected = Self.scaled(model)
    let drift = 55 * 4 * 0x1p-22
    let loss = model.field.negativeLogLikelihood(model.emissions, tags: Array(repeating: 2, count: 3000))
    let stay = Double(model.field.transitions.scalars[12])
    let ends = Double(model.field.start.scalars[2]) + Double(model.field.end.scalars[2])
    let score = rows(model.emissions.scalars, of: 5).reduce(ends + 2999 * stay) { $0 + $1[2] }
    #expect(abs(Double(loss.scalar) - (expected.logPartition - score)) < drift + 0x1p-12)
    let marginals = model.field.marginals(model.emissions).scalars
    #expect(worstDifference(marginals, expected.marginals.flatMap { $0 }) { _ in drift } < 1)
  }

  @Test func parametersAreVisited() {
    let names = ConditionalRandomField(tags: 2).parameters.map(\.name)
    #expect(names == ["transitions", "start_transitions", "end_transitions"])
  }
}
