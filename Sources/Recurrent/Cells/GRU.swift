import CKernels

/// The gated recurrent unit (Cho et al. 2014) with the reset gate after the matrix product, as in PyTorch and cuDNN, gates
/// in the order r z n:
///
///     r = sigmoid(a_r)   z = sigmoid(a_z)
///     n = tanh(x_t W_in + b_in + r (h_{t-1} W_hn + b_hn))
///     h_t = (1 - z) n + z h_{t-1}
public struct GRU: Cell {
  public init() {}

  public var kernels: String { "gru_forward, gru_backward" }

  public var gates: Int { 3 }
  public var apartGates: Int { 1 }

  /// The gate that keeps the state.
  public static let updateGate = 1

  public func forward(_ row: CellRow) {
    rn_gru_forward(row.units, row.gate(0), row.stride, row.apart(0), row.previous[0], row.next[0])
  }

  public func backward(_ row: CellRow) {
    rn_gru_backward(row.units, row.gate(0), row.stride, row.apart(0), row.previous[0], row.gradient[0])
  }
}
