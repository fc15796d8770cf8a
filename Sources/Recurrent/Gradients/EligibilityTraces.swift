import CKernels
import Tensors

/// Influence kept where it is local: of row (k, i) of a weight matrix on the state vectors of unit i alone, as many numbers
/// as S times the parameters of a layer. With D the derivative of unit i's state by its own previous state,
///
///     e_t[s, w] = sum over s' of D_t[s, s', i] e_{t-1}[s', w] + I_t[s, w]
///
/// for each parameter w of unit i, I_t being its immediate effect (`RealTimeRecurrentLearning`, 5). What D is makes the
/// method. The gradient is the sum over t of dL_t / dh_t[i] e_t[h, w].
///
/// A stack has traces for each layer. The loss of a step reaches the layers below the last through that step alone.
enum EligibilityTraces {
  /// `[batch, states, elements]` for each parameter of each layer.
  static func axes(_ layers: [LayerShape], batch: Int) -> [[Int]] {
    layers.flatMap { layer in layer.parameters.map { [batch, layer.states, $0] } }
  }

  /// - Parameter decay: D, `[hidden]`, for a layer's step, a row, s and s'.
  static func advance(
    _ traces: [Tensor], _ steps: [LayerStep], decay: (LayerStep, Int, Int, Int) -> Tensor
  ) -> [Tensor] {
    zip(ofLayers(traces, steps), steps).flatMap { old, step in
      let next = old.map { Tensor(Buffer(count: $0.count), $0.shape) }
      let states = step.shape.states
      for row in 0..<step.batch {
        let decays = (0..<states).map { s in (0..<states).map { decay(step, row, s, $0) } }
        for s in 0..<states { advance(old, next, step, row, s, decays[s]) }
      }
      return next
    }
  }

  /// The traces of each layer by themselves.
  private static func ofLayers(_ traces: [Tensor], _ steps: [LayerStep]) -> [[Tensor]] {
    var first = 0
    return steps.map { step in
      defer { first += step.weights.parameters.count }
      return Array(traces[first..<first + step.weights.parameters.count])
    }
  }

  private static func advance(
    _ old: [Tensor], _ next: [Tensor], _ step: LayerStep, _ row: Int, _ s: Int, _ decay: [Tensor]
  ) {
    let (hidden, inputs, width, states) = (step.shape.hidden, step.shape.input, step.shape.width, step.shape.states)
    let readsOutput = step.shape.readsOutput
    let (x, h) = (step.input(row), step.previousOutput(row))
    /// The vector of a row of parameters in a block, for state `s`.
    func place(_ tensors: [Tensor], _ block: Int, _ s: Int, _ index: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
      tensors[block].pointer + (row * states + s) * tensors[block].shape[2] + index * count
    }
    func carry(_ block: Int, _ index: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
      let sum = place(next, block, s, index, count)
      let i = index % hidden
      rn_scale(place(old, block, 0, index, count), decay[0].pointer[i], sum, count)
      for previous in 1..<max(1, states) {
        rn_add_scaled(place(old, block, previous, index, count), decay[previous].pointer[i], sum, count)
      }
      return sum
    }
    let part = max(1, (1 << 15) / (inputs + hidden + 2))
    ThreadPool.shared.forEach((width + part - 1) / part) { task in
      for index in task * part..<min(width, (task + 1) * part) {
        let a = step.inputSlope(row, s, index / hidden)[index % hidden]
        let r = step.recurrentSlope(row, s, index / hidden)[index % hidden]
        x.add(a, to: carry(0, index, inputs), inputs)
        carry(2, index, 1)[0] += a
        guard readsOutput else { continue }
        rn_add_scaled(h, r, carry(1, index, hidden), hidden)
        carry(3, index, 1)[0] += r
      }
    }
    for vector in 0..<step.shape.vectors {
      let slope = step.vectorSlope(row, s, vector)
      for i in 0..<hidden { carry(4 + vector, i, 1)[0] += slope[i] }
    }
  }

  static func gradients(_ traces: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients] {
    var results: [RecurrentGradients] = []
    var dh = doutput
    for (layer, (step, traces)) in zip(steps, ofLayers(traces, steps)).enumerated().reversed() {
      let d = dh
      func gradient(_ trace: Tensor, _ shape: Shape) -> Tensor {
        let (states, hidden) = (step.shape.states, step.shape.hidden)
        let (rows, columns) = (shape[0], shape.count / max(1, shape[0]))
        return Tensor(shape: shape) { sum in
          rn_fill(sum, 0, shape.count)
          for row in 0..<step.batch {
            for index in 0..<rows {
              rn_add_scaled(
                trace.pointer + (row * states * rows + index) * columns, d.pointer[row * hidden + index % hidden],
                sum + index * columns, columns)
            }
          }
        }
      }
      let pullback = step.pullback([d])
      let source: Tensor?
      if layer > 0 {
        dh = step.inputGradient(pullback)
        source = nil
      } else {
        source = step.sourceGradient(step.inputGradient(pullback))
      }
      results.append(
        RecurrentGradients(
          weights: RecurrentWeights(zip(traces, step.weights.parameters).map { gradient($0, $1.shape) }),
          input: source, initial: []))
    }
    return results.reversed()
  }
}
