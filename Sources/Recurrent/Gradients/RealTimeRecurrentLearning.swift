import CKernels
import Tensors

/// Real-time recurrent learning (Williams and Zipser, "A learning algorithm for continually running fully recurrent neural
/// networks", 1989) of one layer of any cell. With s the state, all vectors of it, and w a parameter, the paper's p is the
/// influence J = ds / dw, which is carried from step to step. Their recursion, their delta rule and the sum of its terms over
/// steps are here, with s for more than one vector:
///
///     (1)  J_0 = 0
///     (2)  J_t = D_t J_{t-1} + I_t
///     (3)  dL / dw = sum over t of (dL_t / ds_t) J_t
///
/// D_t = ds_t / ds_{t-1} has two parts: what flows through the products with W_hh, which is dense and reads h alone, and what
/// a cell passes on elementwise, which is diagonal for each pair of state vectors:
///
///     (4)  D_t[(s, i), (s', j)] = [s' = h] sum over gates k of R_t[s, k, i] W_hh[(k, i), j] + [i = j] C_t[s, s', i]
///
/// I_t, the derivative for a fixed s_{t-1}, has for row (k, i) of a weight matrix a single unit i:
///
///     (5)  I_t[(s, i), W_ih[(k, i), j]] = A_t[s, k, i] x_t[j]       I_t[(s, i), W_hh[(k, i), j]] = R_t[s, k, i] h_{t-1}[j]
///
/// and 1 in the place of x or h for biases; of the cell's own vectors it is their slope. A, R and C are slopes of `LayerStep`. So (2) is one product of `[S n, n]` with
/// the rows of J that belong to h for each row of the batch; the rest takes as long as writing J down.
struct RealTimeRecurrentLearning: ForwardGradient {
  /// `[batch, states * hidden, elements]` for each parameter of the layer and, where tokens look it up, the embedding.
  func axes(_ layers: [LayerShape], table: Int?, batch: Int) -> [[Int]] {
    let layer = layers[0]
    return (layer.parameters + (table.map { [$0] } ?? [])).map { [batch, layer.states * layer.hidden, $0] }
  }

  func advance(_ influence: [Tensor], _ steps: [LayerStep], key: RandomKey) -> [Tensor] {
    let step = steps[0]
    let rows = step.shape.states * step.shape.hidden
    let next = influence.map { Tensor(Buffer(count: $0.count), $0.shape) }
    for row in 0..<step.batch {
      let dense =
        step.shape.readsOutput ? product(step, row, step.weights.recurrentWeight, step.recurrentSlope) : nil
      for (block, old) in influence.enumerated() where old.count > 0 {
        let columns = old.shape[2]
        let from = old.pointer + row * rows * columns
        let to = next[block].pointer + row * rows * columns
        elementwise(step, row, from, to, columns)
        addImmediate(step, row, block, to, columns)
        // (4), its first part: h is the first state vector.
        guard let dense else { continue }
        Matmul.multiply(
          dense.rowPointers,
          PackedMatrix(RowPointers(from, count: step.shape.hidden, stride: columns), n: columns),
          into: RowPointers(to, count: rows, stride: columns), accumulate: true)
      }
    }
    return next
  }

  /// `[states * hidden, columns of w]`: the sum over gates k of slope[s, k, i] w[(k, i), :], the derivative of the state by
  /// what w is multiplied with.
  private func product(
    _ step: LayerStep, _ row: Int, _ w: Tensor, _ slope: (Int, Int, Int) -> UnsafeMutablePointer<Float>
  ) -> Tensor {
    let (hidden, columns) = (step.shape.hidden, w.shape[1])
    return Tensor(shape: [step.shape.states * hidden, columns]) { result in
      for s in 0..<step.shape.states {
        for i in 0..<hidden {
          let sum = result + (s * hidden + i) * columns
          rn_scale(w.pointer + i * columns, slope(row, s, 0)[i], sum, columns)
          for gate in 1..<max(1, step.shape.gates) {
            rn_add_scaled(w.pointer + (gate * hidden + i) * columns, slope(row, s, gate)[i], sum, columns)
          }
        }
      }
    }
  }

  /// (4), its second part: to = C from.
  private func elementwise(
    _ step: LayerStep, _ row: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    let (hidden, states) = (step.shape.hidden, step.shape.states)
    forEach(states * hidden, columns) { index in
      let (s, i) = (index / hidden, index % hidden)
      let sum = to + index * columns
      rn_fill(sum, 0, columns)
      for previous in 0..<states {
        let slope = step.directSlope(row, s, from: previous)[i]
        if slope != 0 { rn_add_scaled(from + (previous * hidden + i) * columns, slope, sum, columns) }
      }
    }
  }

  /// (5): to += I_t.
  private func addImmediate(
    _ step: LayerStep, _ row: Int, _ block: Int, _ to: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    let (hidden, inputs, gates) = (step.shape.hidden, step.shape.input, step.shape.gates)
    if block == step.shape.parameters.count, let (_, token) = step.lookup(row) {
      // The whole state depends on the vector that was looked up.
      let dinput = product(step, row, step.weights.inputWeight, step.inputSlope)
      for index in 0..<step.shape.states * hidden {
        let sum = to + index * columns + token * inputs
        rn_add(sum, dinput.pointer + index * inputs, sum, inputs)
      }
      return
    }
    if block > 3 {
      for s in 0..<step.shape.states {
        let slope = step.vectorSlope(row, s, block - 4)
        for i in 0..<hidden { to[(s * hidden + i) * columns + i] += slope[i] }
      }
      return
    }
    let (x, h) = (step.input(row), step.previousOutput(row))
    for s in 0..<step.shape.states {
      for gate in 0..<gates {
        let (a, r) = (step.inputSlope(row, s, gate), step.recurrentSlope(row, s, gate))
        for i in 0..<hidden {
          let sum = to + (s * hidden + i) * columns
          let place = gate * hidden + i
          switch block {
          case 0: x.add(a[i], to: sum + place * inputs, inputs)
          case 1: rn_add_scaled(h, r[i], sum + place * hidden, hidden)
          case 2: sum[place] += a[i]
          default: sum[place] += r[i]
          }
        }
      }
    }
  }

  /// (3) of one step: a loss reads h alone.
  func gradients(_ influence: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients] {
    let step = steps[0]
    let (hidden, rows) = (step.shape.hidden, step.shape.states * step.shape.hidden)
    func gradient(_ block: Int, _ shape: Shape) -> Tensor {
      Tensor(shape: shape) { sum in
        rn_fill(sum, 0, shape.count)
        forEachPart(shape.count) { start, count in
          for row in 0..<step.batch {
            for i in 0..<hidden {
              rn_add_scaled(
                influence[block].pointer + (row * rows + i) * shape.count + start,
                doutput.pointer[row * hidden + i], sum + start, count)
            }
          }
        }
      }
    }
    let parameters = step.weights.parameters
    let source =
      step.lookup(0).map { gradient(parameters.count, $0.table.shape) }
      ?? step.sourceGradient(step.inputGradient(step.pullback([doutput])))
    return [
      RecurrentGradients(
        weights: RecurrentWeights(parameters.enumerated().map { gradient($0, $1.shape) }), input: source, initial: [])
    ]
  }

  /// Calls `body` with each row of a matrix, on all threads where it is large.
  private func forEach(_ rows: Int, _ columns: Int, _ body: (Int) -> Void) {
    let part = max(1, (1 << 15) / max(1, columns))
    ThreadPool.shared.forEach((rows + part - 1) / part) { task in
      for row in task * part..<min(rows, (task + 1) * part) { body(row) }
    }
  }
}
