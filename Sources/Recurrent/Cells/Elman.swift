import CKernels

/// The cell of Elman, "Finding structure in time" (1990):
///
///     h_t = f(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh)
public struct Elman: Cell {
  public enum Activation: String, Sendable, Codable, CaseIterable {
    case tanh, relu, sigmoid
  }

  public let activation: Activation

  public init(_ activation: Activation = .tanh) { self.activation = activation }

  public var gates: Int { 1 }
  public var kernels: String { "elman_forward, elman_backward (\(activation.rawValue))" }

  private var kernel: rn_activation {
    switch activation {
    case .tanh: RN_TANH
    case .relu: RN_RELU
    case .sigmoid: RN_SIGMOID
    }
  }

  public func forward(_ row: CellRow) {
    rn_elman_forward(kernel, row.units, row.gate(0), row.next[0])
  }

  /// d a = d h f'(a), with f' written by means of h.
  public func backward(_ row: CellRow) {
    rn_elman_backward(kernel, row.units, row.gate(0), row.next[0], row.gradient[0])
  }
}
