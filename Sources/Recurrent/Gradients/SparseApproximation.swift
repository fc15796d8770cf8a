import CKernels
import Tensors

/// The sparse n-step approximation of real-time recurrent learning with n = 1 (Menick et al., "A practical sparse
/// approximation for real time recurrent learning", 2020): J keeps those entries that are not zero after a single step,
///
///     (1)  J_t = (D_t J_{t-1} + I_t) where I_t is not zero in general, and 0 elsewhere.
///
/// I_t is not zero for a parameter and its own unit, so what remains of D_t is the derivative of a unit's state by its own:
///
///     (2)  D_t[s, s', i] = [s' = h] sum over gates k of R_t[s, k, i] W_hh[(k, i), i] + C_t[s, s', i]
///
/// It is exact for a layer whose units are connected to themselves alone. In a stack, each layer is a network of its own.
struct SparseApproximation: ForwardGradient {
  func axes(_ layers: [LayerShape], table: Int?, batch: Int) -> [[Int]] {
    EligibilityTraces.axes(layers, batch: batch)
  }

  func advance(_ influence: [Tensor], _ steps: [LayerStep], key: RandomKey) -> [Tensor] {
    EligibilityTraces.advance(influence, steps) { step, row, s, previous in
      let hidden = step.shape.hidden
      return Tensor(shape: [hidden]) { decay in
        decay.update(from: step.directSlope(row, s, from: previous), count: hidden)
        guard previous == 0, step.shape.readsOutput else { return }
        let w = step.weights.recurrentWeight.pointer
        for gate in 0..<step.shape.gates {
          let slope = step.recurrentSlope(row, s, gate)
          for i in 0..<hidden { decay[i] += slope[i] * w[(gate * hidden + i) * hidden + i] }
        }
      }
    }
  }

  func gradients(_ influence: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients] {
    EligibilityTraces.gradients(influence, steps, doutput: doutput)
  }
}
