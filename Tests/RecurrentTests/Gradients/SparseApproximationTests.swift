import Recurrent
import TestSupport
import Testing

/// SnAp-1 where it is exact, and where it is not.
@Suite struct SparseApproximationTests {
  private static let problem = SteppedStack(input: 3, hidden: 5)

  /// Recurrent weights between different units become zero.
  private static func separate(_ name: String, _ tensor: inout Tensor) {
    guard name.hasPrefix("weight_hh") else { return }
    let hidden = tensor.shape[1]
    let count = tensor.count
    tensor.withUnsafeMutablePointer { w in
      for index in 0..<count where index / hidden % hidden != index % hidden { w[index] = 0 }
    }
  }

  private static func gradients(_ stack: RecurrentStack, _ method: GradientMethod?) -> Gradients {
    valueAndGradient(of: stack) { stack in
      method.map { problem.stepped(stack, $0) } ?? problem.whole(stack)
    }.gradients
  }

  @Test(arguments: everyCell.indices) func exactForUnitsThatDoNotMeet(_ index: Int) {
    let stack = SteppedStack.stack(everyCell[index], input: 3, hidden: 5, change: Self.separate)
    let difference = SteppedStack.difference(Self.gradients(stack, .snap1), Self.gradients(stack, nil))
    #expect(difference < RealTimeRecurrentLearningTests.tolerance)
  }

  /// With units that meet, it leaves something out, and points the right way all the same.
  @Test(arguments: everyCell.indices.filter { everyCell[$0].readsOutput }) func approximatesOtherwise(_ index: Int) {
    let stack = SteppedStack.stack(everyCell[index], input: 3, hidden: 5)
    let (snap, exact) = (Self.gradients(stack, .snap1), Self.gradients(stack, nil))
    #expect(SteppedStack.difference(snap, exact) > 1e-3)
    let cosine =
      zip(snap.entries, exact.entries).reduce(0) { $0 + Double(($1.0.tensor * $1.1.tensor).sum().scalar) }
      / (snap.globalNorm * exact.globalNorm)
    #expect(cosine > 0.9 && cosine < 0.999999)
  }

  /// In a stack, the last layer's gradient is that of a layer by itself; those below are exact where the layers above have no
  /// memory of their own.
  @Test func layersOfAStack() {
    let top = SteppedStack.stack(LSTM(), input: 3, hidden: 5, layers: 2) { name, tensor in
      if name.hasSuffix("_l1") { Self.separate(name, &tensor) }
    }
    let inLast = SteppedStack.difference(Self.gradients(top, .snap1), Self.gradients(top, nil)) { $0.hasSuffix("_l1") }
    #expect(inLast < RealTimeRecurrentLearningTests.tolerance)
    let bottom = SteppedStack.stack(Elman(), input: 3, hidden: 5, layers: 2) { name, tensor in
      if name == "weight_hh_l1" { tensor = Tensor(shape: tensor.shape) } else { Self.separate(name, &tensor) }
    }
    let difference = SteppedStack.difference(Self.gradients(bottom, .snap1), Self.gradients(bottom, nil))
    #expect(difference < RealTimeRecurrentLearningTests.tolerance)
  }
}
