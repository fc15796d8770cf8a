import CKernels

/// minGRU (Feng et al. 2024, "Were RNNs all we needed?", section 3.1): a GRU whose gates do not see the state, gates in the order
/// z h~:
///
///     z = sigmoid(a_z)   g = a_h + 0.5 where a_h >= 0, otherwise sigmoid(a_h)
///     h_t = (1 - z) h_{t-1} + z g
///
/// Gates of all time steps come from one matrix product, and what is left is a recurrence of numbers, which can be computed
/// by a scan in the logarithms of h (appendix B), parallel in time. Here rows and units are what lanes and threads take, which is
/// enough of them, and h itself is summed: a mean with weights between 0 and 1, it loses nothing.
public struct MinGRU: Cell {
  public init() {}

  public var gates: Int { 2 }
  public var readsOutput: Bool { false }
  public var kernels: String { "min_gru_forward, min_gru_backward" }

  public func forward(_ row: CellRow) {
    rn_min_gru_forward(row.units, row.gate(0), row.stride, row.previous[0], row.next[0])
  }

  public func backward(_ row: CellRow) {
    rn_min_gru_backward(row.units, row.gate(0), row.stride, row.previous[0], row.gradient[0])
  }
}

/// minLSTM (Feng et al. 2024, section 3.2), independent of the length of time, gates in the order f i h~:
///
///     f = sigmoid(a_f)   i = sigmoid(a_i)   g as minGRU's
///     h_t = (f h_{t-1} + i g) / (f + i)
public struct MinLSTM: Cell {
  public init() {}

  public var gates: Int { 3 }
  public var readsOutput: Bool { false }
  public var kernels: String { "min_lstm_forward, min_lstm_backward" }

  public func forward(_ row: CellRow) {
    rn_min_lstm_forward(row.units, row.gate(0), row.stride, row.previous[0], row.next[0])
  }

  public func backward(_ row: CellRow) {
    rn_min_lstm_backward(row.units, row.gate(0), row.stride, row.previous[0], row.gradient[0])
  }
}
