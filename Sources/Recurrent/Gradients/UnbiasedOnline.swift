import CKernels
import Tensors

/// Unbiased online recurrent optimisation (Tallec and Ollivier, "Unbiased online recurrent optimization", 2017, its
/// algorithm 1) of a whole stack: the influence of all parameters on the states of all layers as an outer product of two
/// vectors, whose mean over the random signs is the influence itself.
///
///     (1)  J_t = mean of s~_t w~_t
///     (2)  s~_t = rho_0 (ds_t / ds_{t-1}) s~_{t-1} + rho_1 v       v: independent signs
///     (3)  w~_t = w~_{t-1} / rho_0 + (v ds_t / dw) / rho_1
///     (4)  rho_0 = sqrt(|w~_{t-1}| / |(ds_t / ds_{t-1}) s~_{t-1}|)       rho_1 = sqrt(|v ds_t / dw| / |v|)
///     (5)  dL_t / dw = (dL_t / ds_t . s~_t) w~_t
///
/// ds_t / dw is the derivative for a fixed s_{t-1}; it and ds_t / ds_{t-1} pass from a layer to those above it within the
/// step. (4) makes the noise least: any others give the same mean. An epsilon stands where (4) could divide by zero, as in the
/// paper. With dropped layers of the outer product the mean would be another, so an embedding that tokens are looked up in is
/// among the parameters.
struct UnbiasedOnline: ForwardGradient {
  private static let epsilon = 1e-7

  /// s~: `[batch, states, hidden]` for each layer; then w~: `[batch, elements]` for each parameter of each layer and, last, the
  /// embedding where there is one.
  func axes(_ layers: [LayerShape], table: Int?, batch: Int) -> [[Int]] {
    let states = layers.map { [batch, $0.states, $0.hidden] }
    let parameters = layers.flatMap(\.parameters) + (table.map { [$0] } ?? [])
    return states + parameters.map { [batch, $0] }
  }

  func advance(_ influence: [Tensor], _ steps: [LayerStep], key: RandomKey) -> [Tensor] {
    let layers = steps.count
    var next = influence
    // (ds_t / ds_{t-1}) s~_{t-1}
    let tangents = Self.pushforward(Array(influence[..<layers]), steps)
    let signs = steps.enumerated().map { layer, step in
      let shape = tangents[layer].shape
      var signs = key.stream(key.stream + UInt32(layer)).uniform(shape, in: -1..<1)
      signs.withUnsafeMutablePointer { for index in 0..<shape.count { $0[index] = $0[index] < 0 ? -1 : 1 } }
      return signs
    }
    let pulled = Self.pull(signs, steps)
    for row in 0..<steps[0].batch {
      func norm(_ tensors: some Collection<Tensor>) -> Double {
        tensors.reduce(0) { sum, tensor in
          let count = tensor.count / tensor.shape[0]
          return sum + rn_sum_squares(tensor.pointer + row * count, count)
        }.squareRoot()
      }
      let immediate = Self.sumOfSquares(pulled, steps, row).squareRoot()
      // (4)
      let rho0 = (norm(influence[layers...]) / (norm(tangents) + Self.epsilon)).squareRoot() + Self.epsilon
      let rho1 = (immediate / (norm(signs) + Self.epsilon)).squareRoot() + Self.epsilon
      for layer in 0..<layers {
        let count = tangents[layer].count / steps[0].batch
        // (2)
        next[layer].withUnsafeMutablePointer { state in
          let (state, start) = (state + row * count, row * count)
          rn_scale(tangents[layer].pointer + start, Float(rho0), state, count)
          rn_add_scaled(signs[layer].pointer + start, Float(rho1), state, count)
        }
      }
      for index in layers..<next.count {
        let count = next[index].count / steps[0].batch
        // (3)
        next[index].withUnsafeMutablePointer {
          rn_scale($0 + row * count, Float(1 / rho0), $0 + row * count, count)
        }
      }
      Self.add(pulled, steps, row, factor: Float(1 / rho1), to: &next)
    }
    return next
  }

  /// ds_t / ds_{t-1} times a vector of states, from the first layer to the last.
  private static func pushforward(_ states: [Tensor], _ steps: [LayerStep]) -> [Tensor] {
    var results: [Tensor] = []
    for (layer, step) in steps.enumerated() {
      let (batch, hidden, width) = (step.batch, step.shape.hidden, step.shape.width)
      /// The products of the weights with the h of a vector of states.
      func products(_ vector: Tensor, _ weight: Tensor) -> Tensor {
        let rows = RowPointers(vector.pointer, count: batch, stride: vector.count / batch)
        return Tensor(shape: [batch, width]) {
          let packed = PackedMatrix(transposing: weight.pointer, n: width, k: weight.shape[1], stride: weight.shape[1])
          Matmul.multiply(rows, packed, into: RowPointers($0, count: batch, stride: width))
        }
      }
      let recurrent = step.shape.readsOutput ? products(states[layer], step.weights.recurrentWeight) : nil
      let input = layer > 0 ? products(results[layer - 1], step.weights.inputWeight) : nil
      let term = Buffer(count: hidden)
      results.append(
        Tensor(shape: states[layer].shape) { next in
          rn_fill(next, 0, states[layer].count)
          for row in 0..<batch {
            for s in 0..<step.shape.states {
              let sum = next + (row * step.shape.states + s) * hidden
              func add(_ slope: UnsafePointer<Float>, _ x: UnsafePointer<Float>) {
                rn_multiply(slope, x, term.pointer, hidden)
                rn_add(sum, term.pointer, sum, hidden)
              }
              for from in 0..<step.shape.states {
                add(
                  step.directSlope(row, s, from: from),
                  states[layer].pointer + (row * step.shape.states + from) * hidden)
              }
              for gate in 0..<step.shape.gates {
                let start = row * width + gate * hidden
                if let recurrent { add(step.recurrentSlope(row, s, gate), recurrent.pointer + start) }
                if let input { add(step.inputSlope(row, s, gate), input.pointer + start) }
              }
            }
          }
        })
    }
    return results
  }

  /// v ds_t / dw without the outer products: for each layer, what a row of W_ih and one of W_hh is multiplied with.
  private static func pull(_ signs: [Tensor], _ steps: [LayerStep]) -> [(gates: LayerStep.Pullback, input: Tensor)] {
    var results: [(gates: LayerStep.Pullback, input: Tensor)] = []
    for (layer, step) in steps.enumerated().reversed() {
      let (batch, hidden, states) = (step.batch, step.shape.hidden, step.shape.states)
      var vectors = (0..<states).map { signs[layer].slice($0..<$0 + 1, axis: 1).reshaped([batch, hidden]) }
      // What a layer does to those above it within the step.
      if let above = results.last { vectors[0] = vectors[0] + above.input }
      let gates = step.pullback(vectors)
      results.append((gates, step.inputGradient(gates)))
    }
    return results.reversed()
  }

  /// |v ds_t / dw|^2 of a row of the batch: outer products have the product of their vectors' norms.
  private static func sumOfSquares(
    _ pulled: [(gates: LayerStep.Pullback, input: Tensor)], _ steps: [LayerStep], _ row: Int
  ) -> Double {
    var sum = 0.0
    for (layer, step) in steps.enumerated() {
      let (width, inputs, hidden) = (step.shape.width, step.shape.input, step.shape.hidden)
      let input = rn_sum_squares(pulled[layer].gates.input.pointer + row * width, width)
      let recurrent = rn_sum_squares(pulled[layer].gates.recurrent.pointer + row * width, width)
      sum += input * (1 + step.input(row).sumOfSquares(inputs))
      if step.shape.readsOutput { sum += recurrent * (1 + rn_sum_squares(step.previousOutput(row), hidden)) }
      let vectors = step.shape.vectors * hidden
      sum += rn_sum_squares(pulled[layer].gates.vectors.pointer + row * vectors, vectors)
    }
    if steps[0].lookup(row) != nil {
      let inputs = steps[0].shape.input
      sum += rn_sum_squares(pulled[0].input.pointer + row * inputs, inputs)
    }
    return sum
  }

  /// w~ += factor v ds_t / dw of a row of the batch.
  private static func add(
    _ pulled: [(gates: LayerStep.Pullback, input: Tensor)], _ steps: [LayerStep], _ row: Int, factor: Float,
    to influence: inout [Tensor]
  ) {
    func change(_ index: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
      let count = influence[index].count / steps[0].batch
      influence[index].withUnsafeMutablePointer { body($0 + row * count) }
    }
    var first = steps.count
    for (layer, step) in steps.enumerated() {
      let (width, inputs, hidden) = (step.shape.width, step.shape.input, step.shape.hidden)
      let input = pulled[layer].gates.input.pointer + row * width
      let recurrent = pulled[layer].gates.recurrent.pointer + row * width
      defer { first += step.weights.parameters.count }
      let (x, h) = (step.input(row), step.previousOutput(row))
      change(first) { w in
        for index in 0..<width { x.add(factor * input[index], to: w + index * inputs, inputs) }
      }
      change(first + 2) { rn_add_scaled(input, factor, $0, width) }
      for vector in 0..<step.shape.vectors {
        let slope = pulled[layer].gates.vectors.pointer + (row * step.shape.vectors + vector) * hidden
        change(first + 4 + vector) { rn_add_scaled(slope, factor, $0, hidden) }
      }
      guard step.shape.readsOutput else { continue }
      change(first + 1) { w in
        for index in 0..<width { rn_add_scaled(h, factor * recurrent[index], w + index * hidden, hidden) }
      }
      change(first + 3) { rn_add_scaled(recurrent, factor, $0, width) }
    }
    if let (_, token) = steps[0].lookup(row) {
      let inputs = steps[0].shape.input
      change(influence.count - 1) {
        rn_add_scaled(pulled[0].input.pointer + row * inputs, factor, $0 + token * inputs, inputs)
      }
    }
  }

  /// (5): a loss reads the last layer's h alone.
  func gradients(_ influence: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients] {
    let layers = steps.count
    let (batch, hidden) = (steps[0].batch, steps[layers - 1].shape.hidden)
    let factors = (0..<batch).map { row in
      let state = influence[layers - 1]
      return Float(rn_dot(doutput.pointer + row * hidden, state.pointer + row * state.count / batch, hidden))
    }
    func gradient(_ index: Int, _ shape: Shape) -> Tensor {
      Tensor(shape: shape) { sum in
        rn_fill(sum, 0, shape.count)
        for row in 0..<batch {
          rn_add_scaled(influence[index].pointer + row * shape.count, factors[row], sum, shape.count)
        }
      }
    }
    var first = layers
    return steps.enumerated().map { layer, step in
      let parameters = step.weights.parameters
      defer { first += parameters.count }
      let source: Tensor? =
        layer > 0
        ? nil
        : step.lookup(0).map { gradient(influence.count - 1, $0.table.shape) }
          // Vectors that the caller made are constants to all that came before.
          ?? step.sourceGradient(Self.immediateInput(steps, doutput: doutput))
      return RecurrentGradients(
        weights: RecurrentWeights(parameters.enumerated().map { gradient(first + $0, $1.shape) }), input: source,
        initial: [])
    }
  }

  /// d loss / d input of the step alone.
  private static func immediateInput(_ steps: [LayerStep], doutput: Tensor) -> Tensor {
    steps.reversed().reduce(doutput) { $1.inputGradient($1.pullback([$0])) }
  }
}
