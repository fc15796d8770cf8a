import TestSupport
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
    ("weighted entropy", { ($0 * $1).softmaxCrossEntropy([1, -1, 3], classWeights: [9, 2, 9, 0.5]) }),
    ("smoothed entropy", { ($0 * $1).softmaxCrossEntropy([1, -1, 3], smoothing: 0.2) }),
    ("binary entropy", { (-$0 * $1).binaryCrossEntropy(Tensor((0..<12).map { Float($0 % 5) / 4 }, shape: [3, 4])) }),
    ("dropout", { ($0 * $1).dropout(0.5, key: RandomKey(seed: 2)) }),
  ]

  @Test(arguments: operations.indices) func derivatives(_ index: Int) {
    let (name, operation) = Self.operations[index]
    let pair = Pair(
      a: RandomKey(seed: 1).uniform([3, 4], in: 0.5..<1.5), b: RandomKey(seed: 2).uniform([3, 4], in: 0.5..<1.5))
    let check = DerivativeCheck(pair) { pair in
      let y = operation(pair.a, pair.b)
      // Weights that differ, so that a permuted gradient shows.
      return (y * RandomKey(seed: 3).uniform(y.shape, in: 0.5..<1.5)).sum()
    }
    #expect(check.worst < 1, "\(name) \(check)")
  }

  @Test func gradientsOfATensorUsedTwiceAdd() {
    let pair = Pair(a: Tensor(3), b: Tensor(5))
    let gradients = valueAndGradient(of: pair) { $0.a * $0.a + $0.a * $0.b }.gradients
    #expect(gradients["a"]?.scalar == 11 && gradients["b"]?.scalar == 3)
  }

  @Test func whatDoesNotLearnIsConstant() {
    let pair = Pair(a: Tensor(3), b: Tensor(5))
    let gradients = valueAndGradient(of: pair) {
      $0 == "b"
    } _: {
      ($0.a * $0.a + $0.a * $0.b, ())
    }.gradients
    #expect(gradients["a"]?.scalar == 0 && gradients["b"]?.scalar == 3)
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
