import Recurrent
import TestSupport
import Testing

/// UORO is noise whose mean is the gradient. Both halves of that are measured on a language model of two layers with an
/// embedding, so that influence passes between layers and from what tokens look up.
@Suite struct UnbiasedOnlineTests {
  private static let groups = 16
  private static let draws = 1024

  private static let model = LanguageModel(
    LanguageModelConfiguration(vocabulary: 3, embedding: 2, cell: .lstm, hidden: 2, layers: 2), seed: 5)
  private static let tokens: [Int32] = [0, 2, 1, 1, 0]

  /// One gradient, all parameters one after another.
  private static func draw(_ seed: Int) -> [Double] {
    model.forwardGradients(
      Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 1, time: 4,
      state: model.zeroState(batch: 1, gradient: .uoro), gradient: .uoro, key: RandomKey(seed: UInt64(seed)), seed: 0
    ).gradients.entries.flatMap { $0.tensor.scalars.map { Double($0) } }
  }

  private static let exact: [Double] = valueAndGradient(of: model) { model in
    model.loss(
      Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 1, time: 4,
      state: model.zeroState(batch: 1)
    ).loss
  }.gradients.entries.flatMap { $0.tensor.scalars.map { Double($0) } }

  /// The mean of n draws lies sigma / sqrt(n) from the gradient, sigma^2 being the sum of all variances. Sixteen groups of up to
  /// 1,024 draws tell the root mean square of that distance to 1 / sqrt(2 * 16) = 18 % where one direction has all the
  /// variance, and better otherwise: 40 % is more than two such deviations for each of four n.
  @Test func meanConvergesAtTheRateOfTheSquareRoot() {
    var squares = [Double](repeating: 0, count: Self.exact.count)
    var total = squares
    let sizes = [16, 64, 256, 1024]
    var distances = [Double](repeating: 0, count: sizes.count)
    for group in 0..<Self.groups {
      var sum = [Double](repeating: 0, count: Self.exact.count)
      for index in 0..<Self.draws {
        let gradient = Self.draw(group * Self.draws + index)
        for i in sum.indices {
          sum[i] += gradient[i]
          squares[i] += (gradient[i] - Self.exact[i]) * (gradient[i] - Self.exact[i])
        }
        if let place = sizes.firstIndex(of: index + 1) {
          let n = Double(index + 1)
          distances[place] += zip(sum, Self.exact).reduce(0) { $0 + ($1.0 / n - $1.1) * ($1.0 / n - $1.1) }
        }
      }
      for i in sum.indices { total[i] += sum[i] }
    }
    let count = Double(Self.groups * Self.draws)
    let sigma = (squares.reduce(0, +) / count).squareRoot()
    // Half of the gradient at least: after 1,024 draws 1/64 of it is left, far above the rounding of float32, so that what
    // falls below is noise.
    #expect(sigma > 0.5 * Self.exact.reduce(0) { $0 + $1 * $1 }.squareRoot())
    for (n, distance) in zip(sizes, distances) {
      let measured = (distance / Double(Self.groups)).squareRoot() * Double(n).squareRoot()
      #expect(abs(measured / sigma - 1) < 0.4, "\(n) draws: \(measured) for \(sigma)")
    }
    // No bias: each parameter's mean within 5 standard errors, which one in 1.7 million exceeds by chance.
    for i in total.indices {
      let error = (squares[i] / count / count).squareRoot()
      #expect(abs(total[i] / count - Self.exact[i]) < 5 * error + 1e-6, "parameter \(i)")
    }
  }

  /// Cells with vectors of their own, and cells that read no output, which have parameters of other shapes: no bias either, each
  /// mean within 5 standard errors.
  @Test(arguments: [Peepholes(), MinLSTM()] as [any Cell]) func everyKindOfParameterIsWithoutBias(_ cell: any Cell) {
    let problem = SteppedStack(input: 2, hidden: 2, batch: 1, time: 3)
    let stack = SteppedStack.stack(cell, input: 2, hidden: 2, layers: 2)
    func numbers(_ loss: (RecurrentStack) -> Tensor) -> [Double] {
      valueAndGradient(of: stack, loss).gradients.entries.flatMap { $0.tensor.scalars.map { Double($0) } }
    }
    let exact = numbers { problem.whole($0) }
    var (sums, squares) = ([Double](repeating: 0, count: exact.count), [Double](repeating: 0, count: exact.count))
    let draws = 4096
    for seed in 0..<draws {
      for (i, g) in numbers({ problem.stepped($0, .uoro, seed: UInt64(seed)) }).enumerated() {
        sums[i] += g
        squares[i] += (g - exact[i]) * (g - exact[i])
      }
    }
    for i in exact.indices {
      let error = (squares[i] / Double(draws) / Double(draws)).squareRoot()
      #expect(abs(sums[i] / Double(draws) - exact[i]) < 5 * error + 1e-6, "parameter \(i)")
    }
  }

  /// The first step has no past, and its outer product has the immediate derivative for its mean alone; a draw depends on the
  /// key and on nothing else.
  @Test func drawsDependOnTheKey() {
    #expect(Self.draw(1) == Self.draw(1))
    #expect(Self.draw(1) != Self.draw(2))
  }
}
