import Tensors

/// How parameters start.
public enum Initialisation: Sendable, Hashable, Codable {
  /// As `pytorch`, but embeddings of more than 500 tokens uniform in plus or minus 0.1: most of these are rare, and what
  /// training adds to their vectors then outweighs what was drawn.
  case standard
  /// As `torch.nn` does: recurrent layers uniform in plus or minus 1 / sqrt(hidden), linear layers in plus or minus
  /// 1 / sqrt(inputs), embeddings standard normal.
  case pytorch
  /// Every parameter uniform in plus or minus the bound.
  case uniform(Float)
  /// Each gate's recurrent matrix orthogonal (Saxe et al. 2013), other matrices uniform in plus or minus
  /// sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010), biases zero, embeddings as in `standard`.
  case orthogonal
}

/// Gives each parameter numbers of its own from one seed.
public struct ParameterInitialiser: Sendable {
  public let method: Initialisation
  private let seed: UInt64
  private var stream: UInt32 = 0

  public init(_ method: Initialisation = .standard, seed: UInt64) {
    self.method = method
    self.seed = seed
  }

  private mutating func nextKey() -> RandomKey {
    defer { stream += 1 }
    return RandomKey(seed: seed, stream: stream)
  }

  mutating func uniform(_ shape: Shape, within bound: Float) -> Tensor {
    nextKey().uniform(shape, in: -bound..<max(bound, .leastNormalMagnitude))
  }

  /// An embedding `[vocabulary, features]`.
  mutating func embedding(_ shape: Shape) -> Tensor {
    switch method {
    case .standard where shape[0] > 500, .orthogonal where shape[0] > 500: uniform(shape, within: 0.1)
    case .standard, .orthogonal, .pytorch: nextKey().normal(shape)
    case .uniform(let bound): uniform(shape, within: bound)
    }
  }

  /// The weight of a linear layer `[outputs, inputs]`.
  mutating func linear(_ shape: Shape) -> Tensor { uniform(shape, within: bound(shape, fanIn: shape[1])) }

  /// The bias of a linear layer with so many inputs.
  mutating func bias(_ count: Int, fanIn: Int) -> Tensor {
    switch method {
    case .standard, .pytorch: uniform([count], within: 1 / Float(fanIn).squareRoot())
    case .uniform(let bound): uniform([count], within: bound)
    case .orthogonal: Tensor(shape: [count])
    }
  }

  /// The input weight of a recurrent layer `[gates * hidden, input]`.
  mutating func recurrentInput(gates: Int, hidden: Int, input: Int) -> Tensor {
    let shape: Shape = [gates * hidden, input]
    if case .orthogonal = method {
      return uniform(shape, within: (6 / Float(hidden + input)).squareRoot())
    }
    return uniform(shape, within: bound(shape, fanIn: hidden))
  }

  /// The recurrent weight of a recurrent layer `[gates * hidden, hidden]`.
  ///
  /// - Parameter outputs: features of h; with fewer than `hidden`, no gate's matrix is square, and none is made orthogonal.
  mutating func recurrent(gates: Int, hidden: Int, outputs: Int) -> Tensor {
    guard case .orthogonal = method, outputs == hidden else {
      return uniform([gates * hidden, outputs], within: bound([gates * hidden, outputs], fanIn: hidden))
    }
    return Tensor.concatenate((0..<gates).map { _ in orthogonal(hidden) }, axis: 0)
  }

  /// The projection of a recurrent layer `[outputs, hidden]`.
  mutating func projection(_ shape: Shape) -> Tensor { uniform(shape, within: bound(shape, fanIn: shape[1])) }

  private func bound(_ shape: Shape, fanIn: Int) -> Float {
    switch method {
    case .standard, .pytorch: 1 / Float(fanIn).squareRoot()
    case .uniform(let bound): bound
    case .orthogonal: (6 / Float(shape[0] + shape[1])).squareRoot()
    }
  }

  /// The rows of a normal matrix made orthonormal one after another (Gram and Schmidt), in double precision.
  private mutating func orthogonal(_ n: Int) -> Tensor {
    var rows = [[Double]]()
    var key = nextKey()
    while rows.count < n {
      let draw = key.normal([n, n])
      for index in 0..<n where rows.count < n {
        var row = (0..<n).map { Double(draw.pointer[index * n + $0]) }
        // Twice is enough (Giraud et al. 2005): the first pass leaves rounding errors, the second removes them.
        for _ in 0..<2 {
          for other in rows {
            var product = 0.0
            for i in 0..<n { product += row[i] * other[i] }
            for i in 0..<n { row[i] -= product * other[i] }
          }
        }
        let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if norm > 1e-6 { rows.append(row.map { $0 / norm }) }
      }
      key.step += 1
    }
    return Tensor(rows.joined().map(Float.init), shape: [n, n])
  }
}
