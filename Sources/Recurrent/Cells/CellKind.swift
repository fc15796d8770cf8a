/// The cells that a model file can name.
public enum CellKind: String, Sendable, Codable, CaseIterable {
  case lstm
  case gru
  /// Elman's cell with tanh.
  case elman
  case elmanReLU = "elman-relu"
  case elmanSigmoid = "elman-sigmoid"
  case minGRU = "min-gru"
  case minLSTM = "min-lstm"

  public var cell: any Cell {
    switch self {
    case .lstm: LSTM()
    case .gru: GRU()
    case .elman: Elman(.tanh)
    case .elmanReLU: Elman(.relu)
    case .elmanSigmoid: Elman(.sigmoid)
    case .minGRU: MinGRU()
    case .minLSTM: MinLSTM()
    }
  }
}
