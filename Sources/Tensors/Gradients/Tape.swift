import Synchronization

/// What has been computed from tracked tensors, in order: enough to run it backward.
///
/// An append-only list in which operations name their inputs by slot number. A fused sequence is one operation, however
/// long it is.
package final class Tape: Sendable {
  /// The place of a tracked tensor.
  package struct Slot: Sendable {
    let tape: Tape
    let index: Int
  }

  /// Takes the gradient of each output (nil where none reached it) and gives that of each input (nil for none).
  package typealias Backward = @Sendable (_ outputs: [Tensor?]) -> [Tensor?]

  private struct Operation {
    let inputs: [Int]  // -1 for an input that is not tracked
    let outputs: Range<Int>
    let backward: Backward
  }

  private struct State {
    var slots = 0
    var operations: [Operation] = []
  }

  private let state = Mutex(State())

  /// A tracked copy of a parameter.
  func track(_ tensor: Tensor) -> Tensor {
    var tracked = tensor
    tracked.slot = Slot(
      tape: self,
      index: state.withLock {
        $0.slots += 1; return $0.slots - 1
      })
    return tracked
  }

  /// Records an operation, if one of its inputs is tracked, and gives back its outputs as tracked tensors.
  package static func record(
    _ outputs: [Tensor], from inputs: [Tensor], backward: @escaping Backward
  ) -> [Tensor] {
    guard let tape = inputs.lazy.compactMap(\.slot).first?.tape else { return outputs }
    let slots = inputs.map { input in
      precondition(input.slot == nil || input.slot?.tape === tape, "tensors of two gradients meet in one operation")
      return input.slot?.index ?? -1
    }
    let first = tape.state.withLock { state in
      let first = state.slots
      state.slots += outputs.count
      state.operations.append(
        Operation(inputs: slots, outputs: first..<first + outputs.count, backward: backward))
      return first
    }
    return outputs.enumerated().map { index, output in
      var tracked = output
      tracked.slot = Slot(tape: tape, index: first + index)
      return tracked
    }
  }

  /// The same for the usual operation with one output.
  package static func record(
    _ output: Tensor, from inputs: [Tensor], backward: @escaping @Sendable (_ output: Tensor) -> [Tensor?]
  ) -> Tensor {
    record([output], from: inputs) { $0[0].map(backward) ?? Array(repeating: nil, count: inputs.count) }[0]
  }

  /// The gradients of `output` with respect to the first `count` slots. The tape is empty afterwards.
  func gradients(of output: Slot, seed: Tensor, count: Int) -> [Tensor?] {
    var (gradients, operations) = state.withLock { state in
      defer { state.operations = [] }
      return ([Tensor?](repeating: nil, count: state.slots), state.operations)
    }
    gradients[output.index] = seed
    // The last reference to an operation goes when it has run, and its buffers with it.
    while let operation = operations.popLast() {
      let outputs = operation.outputs.map { gradients[$0] }
      for slot in operation.outputs { gradients[slot] = nil }
      guard outputs.contains(where: { $0 != nil }) else { continue }
      for (slot, gradient) in zip(operation.inputs, operation.backward(outputs)) {
        guard slot >= 0, let gradient else { continue }
        if gradients[slot] == nil { gradients[slot] = gradient } else { gradients[slot]?.accumulate(gradient) }
      }
    }
    return Array(gradients[0..<count])
  }
}
