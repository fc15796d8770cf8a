import Tensors

/// The derivatives of one step of a layer, d state_t / d state_{t-1} and d state_t / d x_t, exact to float32: by
/// backpropagation through one step, with a row of the batch for each element of the state.
///
/// The state is all state vectors one after another, `states * hidden` elements.
package struct StepJacobian {
  /// `[state, state]`: a row for each element after the step, a column for each before it.
  package let state: Tensor
  /// `[state, features]`
  package let input: Tensor
  /// After the step: `[1, hidden]` for each state vector.
  package let next: [Tensor]

  /// - Parameters:
  ///   - input: x_t `[features]`.
  ///   - state: `[1, hidden]` for each state vector.
  package init(_ layer: RecurrentLayer, input: Tensor, state: [Tensor]) {
    let (hidden, states) = (layer.hidden, layer.cell.states)
    let (count, features) = (states * hidden, input.count)
    let firstRow = [Int32](repeating: 0, count: count)
    let step = Step(
      input: input.reshaped([1, features]).gather(firstRow, shape: [count, 1]),
      state: state.map { $0.gather(firstRow, shape: [count]) })
    // Row r asks for the derivatives of element r alone.
    let seeds = (0..<states).map { vector in
      Tensor(shape: [count, hidden]) { seed in
        seed.update(repeating: 0, count: count * hidden)
        for unit in 0..<hidden { seed[(vector * hidden + unit) * hidden + unit] = 1 }
      }
    }
    let (_, next, gradients) = valueAndGradient(of: step) { step in
      let (_, next) = layer(.vectors(step.input), initial: step.state)
      let terms = zip(next, seeds).map { ($0 * $1).sum() }
      return (terms.dropFirst().reduce(terms[0], +), next.map { $0.slice(0..<1, axis: 0).detached })
    }
    self.next = next
    self.input = gradients.entries[0].tensor.reshaped([count, features])
    self.state = .concatenate(gradients.entries.dropFirst().map(\.tensor), axis: 1)
  }

  private struct Step: Module {
    /// `[count, 1, features]`
    var input: Tensor
    /// `[count, hidden]` for each state vector.
    var state: [Tensor]

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("input", &input)
      for index in state.indices { try visit("state\(index)", &state[index]) }
    }
  }
}

extension RecurrentLayer {
  /// What the state vectors are called in papers: h, and c where there is a second.
  package var stateNames: [String] { (0..<cell.states).map { $0 < 2 ? ["h", "c"][$0] : "s\($0)" } }
}

extension LanguageModel {
  /// What the first layer reads of a token, `[features]`: a row of the embedding, or a one-hot vector.
  func inputVector(_ token: Int32) -> Tensor {
    if let embedding { return embedding([token], shape: [1]).detached.reshaped([configuration.embedding]) }
    let vocabulary = configuration.vocabulary
    return Tensor(shape: [vocabulary]) {
      $0.update(repeating: 0, count: vocabulary)
      $0[Int(token)] = 1
    }
  }
}
