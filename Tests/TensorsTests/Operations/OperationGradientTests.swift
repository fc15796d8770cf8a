import Tensors
import Testing

/// Every operation's derivative against central differences, and what tensors are.
@Suite struct OperationGradientTests {
  struct Pair: Module {
    var a: Tensor
    var b: Tensor

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("a", &a)
      try visit("b", &b)
    }
  }

  static let operations: [(String, @Sendable (Tensor, Tensor) -> Tensor)] = [
    ("add", { $0 + $1 }), ("subtract", { $0 - $1 }), ("multiply", { $0 * $1 }), ("divide", { $0 / $1 }),
    ("scale", { 3 * $0 - $1 }), ("negate", { -$0 * $1 }), ("tanh", { $0.tanh() * $1 }),
    ("sigmoid", { $0.sigmoid() * $1 }),
    ("relu", { $0.relu() * $1 }), ("exp", { $0.exp() * $1 }), ("log", { $0.log() * $1 }),
    ("log softmax", { $0.logSoftmax() * $1 }),
    ("mean", { $0.mean() + ($0 * $1).sum() }), ("reshape", { $0.reshaped([4, 3]).matmul($1.reshaped([3, 4])) }),
    ("slice", { $0.slice(1..<3, axis: 1) * $1.slice(0..<2, axis: 1) }),
    ("concatenate", { Tensor.concatenate([$0, $1 * $0], axis: 0) }),
    ("linear", { $0.linear($1.reshaped([3, 4]), bias: $0.slice(0..<1, axis: 0).reshaped([4]).slice(0..<3, axis: 0)) }),
    ("gather", { ($0 * $1).gather([2, 0, 0], shape: [3]) }),
    (
      "norm",
      {
        $0.layerNorm(
          scale: $1.slice(0..<1, axis: 0).reshaped([4]), shift: $1.slice(1..<2, axis: 0).reshaped([4]))
      }
    ),
    ("entropy", { ($0 * $1).softmaxCrossEntropy([1, -1, 3]) }), ("error", { $0.meanSquaredError($1) }),
    ("dropout", { ($0 * $1).dropout(0.5, key: RandomKey(seed: 2)) }),
  ]

  /// Central differences with steps h = 2^-6 and h / 2, extrapolated (Richardson 1911): the error of order h^2 cancels and
  /// leaves h^4 times a fifth derivative over 480, 1e-5 for one of 100. Each loss is rounded by 2^-24 of itself, and by
  /// about as much again inside, which the differences turn into (4 * 2^7 + 2^6) / 3 * 2 * 2^-24 = 2.3e-5 of it.
  @Test(arguments: operations.indices) func derivatives(_ index: Int) {
    let (name, operation) = Self.operations[index]
    let pair = Pair(
      a: RandomKey(seed: 1).uniform([3, 4], in: 0.5..<1.5), b: RandomKey(seed: 2).uniform([3, 4], in: 0.5..<1.5))
    func loss(_ pair: Pair) -> Tensor {
      let y = operation(pair.a, pair.b)
      // Weights that differ, so that a permuted gradient shows.
      return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
    }
    let (value, gradients) = valueAndGradient(of: pair, loss)
    let tolerance = 5e-5 + 2.3e-5 * abs(Double(value.scalar))
    for (parameter, entry) in gradients.entries.enumerated() {
      for element in 0..<12 {
        func central(_ step: Float) -> Double {
          let values = [step, -step].map { step in
            var moved = pair
            let change: (UnsafeMutablePointer<Float>) -> Void = { $0[element] += step }
            if parameter == 0 {
              moved.a.withUnsafeMutablePointer(change)
            } else {
              moved.b.withUnsafeMutablePointer(change)
            }
            return Double(loss(moved).scalar)
          }
          return (values[0] - values[1]) / (2 * Double(step))
        }
        let difference = (4 * central(1 / 128) - central(1 / 64)) / 3
        #expect(
          abs(difference - Double(entry.tensor.scalars[element])) < tolerance, "\(name) \(entry.name)[\(element)]")
      }
    }
  }

  @Test func gradientsOfATensorUsedTwiceAdd() {
    let pair = Pair(a: Tensor(3), b: Tensor(5))
    let gradients = valueAndGradient(of: pair) { $0.a * $0.a + $0.a * $0.b }.gradients
    #expect(gradients["a"]?.scalar == 11 && gradients["b"]?.scalar == 3)
  }

  @Test func whatIsDetachedIsConstant() {
    let pair = Pair(a: Tensor(3), b: Tensor(5))
    let gradients = valueAndGradient(of: pair) { $0.a.detached * $0.b }.gradients
    #expect(gradients["a"]?.scalar == 0 && gradients["b"]?.scalar == 3)
  }

  @Test func tensorsAreValues() {
    let a = Tensor([1, 2, 3], shape: [3])
    var b = a
    b.withUnsafeMutablePointer { $0[0] = 9 }
    #expect(a.scalars == [1, 2, 3] && b.scalars == [9, 2, 3])
    var c = a.reshaped([3, 1])
    c.withUnsafeMutablePointer { $0[2] = 7 }
    #expect(a.scalars == [1, 2, 3])
  }
}
