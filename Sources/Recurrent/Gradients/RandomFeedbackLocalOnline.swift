import Tensors

/// Random feedback local online learning (Murray, "Local online learning in recurrent networks with random feedback", 2019).
/// For his network, which leaks with time constant tau,
///
///     (1)  h_t = (1 - 1 / tau) h_{t-1} + f(u_t) / tau        u_t = W h_{t-1} + W_in x_t
///
/// the traces drop what flows through the recurrent weights, and fixed random weights B take the place of those of the output
/// layer, so that all that a synapse learns from is at hand where it is:
///
///     (2)  p_t = (1 - 1 / tau) p_{t-1} + f'(u_t) h_{t-1} / tau
///     (3)  dW[i, j] = sum over t of (B e_t)[i] p_t[i, j]
///
/// The leak is the elementwise part of the step, C of `LayerStep`, so the rule is there for every cell: an LSTM's traces decay
/// by its forget gate, a GRU's by its update gate, and an Elman cell's are forgotten at each step. B is the business of the
/// output layer: `Tensor.linear(_:bias:feedback:)`. Without recurrent weights, and with the output layer's for B, it is exact.
struct RandomFeedbackLocalOnline: ForwardGradient {
  func axes(_ layers: [LayerShape], table: Int?, batch: Int) -> [[Int]] {
    EligibilityTraces.axes(layers, batch: batch)
  }

  /// (2)
  func advance(_ influence: [Tensor], _ steps: [LayerStep], key: RandomKey) -> [Tensor] {
    EligibilityTraces.advance(influence, steps) { step, row, s, previous in
      let hidden = step.shape.hidden
      return Tensor(shape: [hidden]) { $0.update(from: step.directSlope(row, s, from: previous), count: hidden) }
    }
  }

  /// (3), B e being d loss / d output.
  func gradients(_ influence: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients] {
    EligibilityTraces.gradients(influence, steps, doutput: doutput)
  }
}
