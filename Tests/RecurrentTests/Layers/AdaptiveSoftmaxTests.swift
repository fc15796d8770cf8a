import Recurrent
import TestSupport
import Testing

@Suite struct AdaptiveSoftmaxTests {
  /// The layer and its input, so that gradients of both are found.
  private struct Subject: Module {
    var x: Tensor
    var softmax: AdaptiveSoftmax

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("x", &x)
      try softmax.visitParameters(visit)
    }

    init(rows: Int, hidden: Int, classes: Int, cutoffs: [Int]) {
      var initialiser = ParameterInitialiser(.uniform(0.5), seed: 7)
      softmax = AdaptiveSoftmax(hidden: hidden, classes: classes, cutoffs: cutoffs, initialiser: &initialiser)
      x = RandomKey(seed: 3).uniform([rows, hidden], in: -1..<1)
    }
  }

  /// Targets all over the classes, with some that are left out.
  private static func targets(_ rows: Int, classes: Int) -> [Int32] {
    (0..<rows).map { $0 % 5 == 3 ? -1 : Int32($0 * 7 % classes) }
  }

  /// Sums of at most 37 products of size about 1: 37 * 2^-24 = 2.2e-6, twice over.
  @Test(arguments: ["one", "two", "unused", "masked"]) func agreesWithPyTorch(_ name: String) throws {
    let golden = try Golden("layers")
    let cutoffs = name == "one" ? [9] : [9, 21]
    var subject = Subject(rows: 33, hidden: 37, classes: 40, cutoffs: cutoffs)
    try subject.visitParameters { $1 = try golden.tensor("adaptive.\(name)/\($0)") }
    let targets = try golden.integers("adaptive.\(name)/targets")
    let (loss, gradients) = valueAndGradient(of: subject) { $0.softmax.loss($0.x, targets) }
    func expect(_ found: Tensor, _ key: String) throws {
      let difference = Difference(found, try golden.tensor("adaptive.\(name)/\(key)"))
      #expect(difference.worst < 5e-6, "\(key): \(difference)")
    }
    try expect(loss, "loss")
    try expect(subject.softmax.crossEntropies(subject.x, targets), "losses")
    try expect(subject.softmax.logProbabilities(subject.x), "log_probabilities")
    #expect(gradients.entries.count == golden.names(under: "adaptive.\(name)/grad/").count)
    for (key, gradient) in gradients.entries { try expect(gradient, "grad/\(key)") }
  }

  /// Central differences, extrapolated, with the steps and the reasoning of `OperationGradientTests`: a loss of about 3
  /// rounds to 2.3e-5 of itself in them.
  @Test func derivatives() {
    let subject = Subject(rows: 9, hidden: 16, classes: 12, cutoffs: [3, 7])
    let targets = Self.targets(9, classes: 12)
    let gradients = valueAndGradient(of: subject) { $0.softmax.loss($0.x, targets) }.gradients
    for (parameter, entry) in gradients.entries.enumerated() {
      for element in 0..<entry.tensor.count {
        func loss(_ step: Float) -> Double {
          var moved = subject
          var index = 0
          moved.visitParameters { _, tensor in
            if index == parameter { tensor.withUnsafeMutablePointer { $0[element] += step } }
            index += 1
          }
          return Double(moved.softmax.loss(moved.x, targets).scalar)
        }
        func central(_ step: Float) -> Double { (loss(step) - loss(-step)) / (2 * Double(step)) }
        let difference = (4 * central(1 / 128) - central(1 / 64)) / 3
        #expect(abs(difference - Double(entry.tensor.scalars[element])) < 1.2e-4, "\(entry.name)[\(element)]")
      }
    }
  }

  /// The loss multiplies a cluster with its own rows alone; what it stands for is the mean of minus the log-probabilities
  /// of the targets among all classes, in value and in every gradient. Sums of 32 products of size about 1: 2e-6, twice.
  @Test func theLossIsThatOfTheWholeDistribution() {
    let subject = Subject(rows: 50, hidden: 32, classes: 60, cutoffs: [8, 20])
    let targets = Self.targets(50, classes: 60)
    let chosen = Tensor(
      targets.flatMap { target in (0..<60).map { Int32($0) == target ? Float(1) : 0 } }, shape: [50, 60])
    let counted = Float(targets.count { $0 >= 0 })
    let (loss, gradients) = valueAndGradient(of: subject) { $0.softmax.loss($0.x, targets) }
    let (plain, wanted) = valueAndGradient(of: subject) {
      -1 / counted * ($0.softmax.logProbabilities($0.x) * chosen).sum()
    }
    #expect(Difference(loss, plain).worst < 4e-6)
    for (found, expected) in zip(gradients.entries, wanted.entries) {
      let difference = Difference(found.tensor, expected.tensor)
      #expect(difference.worst < 4e-6, "\(found.name): \(difference)")
      #expect(found.tensor.scalars.contains { $0 != 0 }, "\(found.name)")
    }
  }

  @Test func logProbabilitiesAreADistribution() {
    let subject = Subject(rows: 20, hidden: 32, classes: 60, cutoffs: [8, 20])
    let probabilities = subject.softmax.logProbabilities(subject.x).exp()
    for row in 0..<20 {
      let sum = probabilities.slice(row..<row + 1, axis: 0).scalars.reduce(0) { $0 + Double($1) }
      // Each log-probability, of size below 8, is rounded three times to 2^-22.
      #expect(abs(sum - 1) < 3 * 0x1p-22)
    }
    let targets = Self.targets(20, classes: 60)
    let losses = subject.softmax.crossEntropies(subject.x, targets).scalars
    for (row, target) in targets.enumerated() {
      let expected = target < 0 ? 0 : -Float.log(probabilities.scalars[row * 60 + Int(target)])
      #expect(abs(losses[row] - expected) < 1e-5)
    }
  }

  @Test func threadsDoNotMatter() {
    let subject = Subject(rows: 300, hidden: 64, classes: 3000, cutoffs: [100, 700])
    let targets = Self.targets(300, classes: 3000)
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let results = [1, 2, 5].map { threads in
      ThreadPool.shared.threads = threads
      let (loss, gradients) = valueAndGradient(of: subject) { $0.softmax.loss($0.x, targets) }
      return [loss, subject.softmax.logProbabilities(subject.x)] + gradients.entries.map(\.tensor)
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  @Test func defaultCutoffsFitTheVocabulary() {
    func cutoffs(_ classes: Int, _ hidden: Int = 650) -> [Int] {
      AdaptiveSoftmax.defaultCutoffs(classes: classes, hidden: hidden)
    }
    #expect(cutoffs(100_000) == [2000, 10_000])
    #expect(cutoffs(1_000_000, 1024) == [2000, 10_000, 50_000])
    #expect(cutoffs(100_000, 128) == [2000])
    #expect(cutoffs(10_000) == [2000])
    #expect(cutoffs(14) == [7] && cutoffs(2) == [1])
  }
}

extension Float {
  fileprivate static func log(_ x: Float) -> Float { Tensor(x).log().scalar }
}
