import Recurrent
import TestSupport
import Testing

/// What `Precision.bfloat16` rounds and what it does not.
@Suite(.serialized) struct PrecisionTests {
  private static let inputs = 6

  private static func stack(_ kind: CellKind, hidden: Int, layers: Int = 1) -> RecurrentStack {
    var initialiser = ParameterInitialiser(seed: 2)
    return RecurrentStack(kind.cell, input: inputs, hidden: hidden, layers: layers, initialiser: &initialiser)
  }

  /// The upper half of each element, which is a bfloat16.
  private static func truncated(_ x: Tensor) -> Tensor {
    Tensor(x.scalars.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }, shape: x.shape)
  }

  private static func gradients(
    _ stack: RecurrentStack, _ x: Tensor, _ state: RecurrentState, _ precision: Precision
  ) -> (output: Tensor, gradients: Gradients) {
    let weights = RandomKey(seed: 9).uniform([x.shape[0], x.shape[1], stack.outputSize], in: -1..<1)
    let (_, output, gradients) = Precision.$current.withValue(precision) {
      valueAndGradient(of: stack) { stack in
        let (output, _) = stack(.vectors(x), state: state)
        return ((output * weights).sum(), output)
      }
    }
    return (output, gradients)
  }

  /// One step from weights, an input and a state h that bfloat16 holds: the sums are those of float32 in another order, so
  /// outputs and the gradients of biases, which no product makes, agree to the rounding of some 20 float32 terms below 1.
  /// Biases and the state c are not rounded: they have all 24 bits. With one sequence, each element of a weight's gradient
  /// is a product of one operand that is rounded, by 2^-8 of itself at most, and one that bfloat16 holds.
  @Test(arguments: CellKind.allCases) func onlyOperandsAreRounded(_ kind: CellKind) {
    var stack = Self.stack(kind, hidden: 11)
    stack.visitParameters { name, tensor in if name.hasPrefix("weight") { tensor = Self.truncated(tensor) } }
    let x = Self.truncated(RandomKey(seed: 3).uniform([1, 1, Self.inputs], in: -1..<1))
    let states = (0..<stack.layers[0].cell.states).map { index in
      let state = RandomKey(seed: 4, stream: UInt32(index)).uniform([1, 11], in: -1..<1)
      return index == 0 ? Self.truncated(state) : state
    }
    let results = Precision.allCases.map { Self.gradients(stack, x, RecurrentState(layers: [states]), $0) }
    #expect(Difference(results[1].output, results[0].output).worst < 20 * 0x1p-24)
    var rounded = false
    for (wide, narrow) in zip(results[0].gradients.entries, results[1].gradients.entries) {
      if wide.name.hasPrefix("bias") {
        #expect(Difference(narrow.tensor, wide.tensor).worst < 20 * 0x1p-24, "\(wide.name)")
      } else {
        for (a, b) in zip(narrow.tensor.scalars, wide.tensor.scalars) {
          #expect(abs(a - b) <= 0x1p-8 * abs(b) + 20 * 0x1p-24, "\(wide.name)")
          rounded = rounded || abs(a - b) > 0x1p-12 * abs(b)
        }
      }
    }
    #expect(rounded)
  }

  /// Rounding moves each operand by 2^-8 of itself at most, in either direction, so a product with many terms moves by
  /// about 2^-9 of its norm for each operand. T steps forward and T back are 2 T products of two operands one after another,
  /// through functions and weights that do not enlarge differences: 4 T 2^-9 if no two of them cancel. Not so of
  /// ReLU, and of the candidate of minGRU and minLSTM, whose slopes jump where rounding changes a sign.
  @Test(arguments: CellKind.allCases.filter { ![.elmanReLU, .minGRU, .minLSTM].contains($0) }, [(3, 6), (40, 6)])
  func gradientsAreNearThoseOfFloat32(
    _ kind: CellKind, _ size: (batch: Int, time: Int)
  ) {
    let stack = Self.stack(kind, hidden: 50, layers: 2)
    let x = RandomKey(seed: 5).uniform([size.batch, size.time, Self.inputs], in: -1..<1)
    let results = Precision.allCases.map { Self.gradients(stack, x, stack.zeroState(batch: size.batch), $0) }
    for (wide, narrow) in zip(results[0].gradients.entries, results[1].gradients.entries) {
      let difference = (narrow.tensor - wide.tensor).sumOfSquares.squareRoot() / wide.tensor.sumOfSquares.squareRoot()
      #expect(difference < 4 * Double(size.time) * 0x1p-9 && difference > 0x1p-13, "\(wide.name): \(difference)")
    }
  }

  /// y = x W^T and its gradients: each term has two operands that are off by 2^-8 of themselves at most, and sums are those
  /// of float32, in another order.
  @Test(arguments: [(1, 1, 1), (5, 33, 7), (70, 150, 97)]) func linearIsWithinTheRoundingOfItsOperands(
    _ size: (rows: Int, inputs: Int, outputs: Int)
  ) {
    let (m, k, n) = size
    let x = RandomKey(seed: 1).uniform([m, k], in: -1..<1)
    let w = RandomKey(seed: 2).uniform([n, k], in: -1..<1)
    let dy = RandomKey(seed: 3).uniform([m, n], in: -1..<1)
    let results = Precision.allCases.map { precision in
      let (_, y, gradients) = Precision.$current.withValue(precision) {
        valueAndGradient(of: Pair(first: x, second: w)) { pair in
          let y = pair.first.linear(pair.second)
          return ((y * dy).sum(), y)
        }
      }
      return [y] + gradients.entries.map(\.tensor)
    }
    let sizes = valueAndGradient(of: Pair(first: x.magnitudes, second: w.magnitudes)) { pair in
      let y = pair.first.linear(pair.second)
      return ((y * dy.magnitudes).sum(), y)
    }
    let bounds = [sizes.extra] + sizes.gradients.entries.map(\.tensor)
    for (index, terms) in [k, n, m].enumerated() {
      let share = Float(0x1p-7 + 0x1p-16 + 2 * Double(terms + 1) * 0x1p-24)
      let values = zip(results[0][index].scalars, results[1][index].scalars)
      #expect(zip(values, bounds[index].scalars).allSatisfy { abs($0.0 - $0.1) <= share * $1 }, "result \(index)")
      #expect(results[0][index] != results[1][index])
    }
  }

  private struct Pair: Module {
    var first: Tensor
    var second: Tensor

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("first", &first)
      try visit("second", &second)
    }
  }

  /// Batches of 40 share rows among threads, batches of 5 share units.
  @Test(arguments: CellKind.allCases, [5, 40]) func threadsDoNotMatter(_ kind: CellKind, _ batch: Int) {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    let stack = Self.stack(kind, hidden: 151, layers: 2)
    let x = RandomKey(seed: 7).uniform([batch, 6, Self.inputs], in: -1..<1)
    let results = [1, 2, 3].map { threads in
      ThreadPool.shared.threads = threads
      return Self.gradients(stack, x, stack.zeroState(batch: batch), .bfloat16)
    }
    for result in results.dropFirst() {
      #expect(result.output == results[0].output)
      #expect(zip(result.gradients.entries, results[0].gradients.entries).allSatisfy { $0.tensor == $1.tensor })
    }
  }
}

extension Tensor {
  fileprivate var magnitudes: Tensor { Tensor(scalars.map(abs), shape: shape) }
}
