import Recurrent

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One recurrent layer as its equations say, in double precision, for one sequence: what the engine is compared with.
package struct ReferenceLayer {
  package let kind: CellKind
  package let hidden: Int
  /// `[gates * hidden][input]`, `[gates * hidden][hidden]`, `[gates * hidden]` twice.
  package var inputWeight: [[Double]]
  package var recurrentWeight: [[Double]]
  package var inputBias: [Double]
  package var recurrentBias: [Double]

  package init(_ kind: CellKind, hidden: Int, _ parameters: [[Double]], input: Int) {
    self.kind = kind
    self.hidden = hidden
    func rows(_ flat: [Double], _ columns: Int) -> [[Double]] {
      stride(from: 0, to: flat.count, by: columns).map { Array(flat[$0..<$0 + columns]) }
    }
    // Cells that do not read their output have no recurrent weights.
    let all = kind.cell.readsOutput ? parameters : [parameters[0], [], parameters[1], []]
    inputWeight = rows(all[0], input)
    recurrentWeight = rows(all[1], hidden)
    inputBias = all[2]
    recurrentBias = all[3]
  }

  /// The outputs of all steps, from the state h, c; states after the last step are left in it.
  package func run(_ x: [[Double]], h: inout [Double], c: inout [Double]) -> [[Double]] {
    x.map { x in
      step(x, &h, &c)
      return h
    }
  }

  private func step(_ x: [Double], _ h: inout [Double], _ c: inout [Double]) {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let old = h
    func input(_ gate: Int, _ u: Int) -> Double {
      dot(inputWeight[gate * hidden + u], x) + inputBias[gate * hidden + u]
    }
    func recurrent(_ gate: Int, _ u: Int) -> Double {
      dot(recurrentWeight[gate * hidden + u], old) + recurrentBias[gate * hidden + u]
    }
    func both(_ gate: Int, _ u: Int) -> Double { input(gate, u) + recurrent(gate, u) }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    func positive(_ x: Double) -> Double { x >= 0 ? x + 0.5 : sigmoid(x) }
    for u in 0..<hidden {
      switch kind {
      case .elman: h[u] = tanh(both(0, u))
      case .elmanReLU: h[u] = max(0, both(0, u))
      case .elmanSigmoid: h[u] = sigmoid(both(0, u))
      case .lstm:
        c[u] = sigmoid(both(1, u)) * c[u] + sigmoid(both(0, u)) * tanh(both(2, u))
        h[u] = sigmoid(both(3, u)) * tanh(c[u])
      case .minGRU:
        let z = sigmoid(input(0, u))
        h[u] = (1 - z) * old[u] + z * positive(input(1, u))
      case .minLSTM:
        let (f, i) = (sigmoid(input(0, u)), sigmoid(input(1, u)))
        h[u] = f / (f + i) * old[u] + i / (f + i) * positive(input(2, u))
      case .gru:
        let (r, z) = (sigmoid(both(0, u)), sigmoid(both(1, u)))
        h[u] = (1 - z) * tanh(input(2, u) + r * recurrent(2, u)) + z * old[u]
      }
    }
  }
}
