import CKernels

/// Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers, Schmidhuber and Cummins 2000),
/// gates in the order i f g o:
///
///     i = sigmoid(a_i)   f = sigmoid(a_f)   g = tanh(a_g)   o = sigmoid(a_o)
///     c_t = f c_{t-1} + i g
///     h_t = o tanh(c_t)
///
/// States: h, c.
public struct LSTM: Cell {
  public init() {}

  public var kernels: String { "lstm_forward, lstm_backward" }

  public var gates: Int { 4 }
  public var states: Int { 2 }

  public static let inputGate = 0
  /// The gate whose bias an option raises at the start, so that memory lasts (Jozefowicz et al. 2015).
  public static let forgetGate = 1

  public func forward(_ row: CellRow) {
    rn_lstm_forward(row.units, row.gate(0), row.stride, row.previous[1], row.next[1], row.next[0])
  }

  public func backward(_ row: CellRow) {
    rn_lstm_backward(
      row.units, row.gate(0), row.stride, row.previous[1], row.next[1], row.gradient[0], row.gradient[1])
  }
}
