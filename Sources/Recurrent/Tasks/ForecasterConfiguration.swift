/// How a forecaster gets from the past to the future.
public enum ForecasterKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// A recurrent network reads a window of the past, and a linear layer gives all steps of the future at once.
  case recurrent
  /// A recurrent network gives one step after another, and reads what was drawn for the last (DeepAR, Salinas et al.
  /// 2020).
  case autoregressive
  /// Fully connected layers read the window as one vector, and give all steps at once.
  case feedForward = "feed-forward"
}

/// What a forecaster is: what it reads, its shape, and what it says of each step.
public struct ForecasterConfiguration: Sendable, Hashable, Codable {
  public var kind: ForecasterKind
  /// Steps of the past that are read.
  public var window: Int
  /// Steps of the future that are forecast: all at once, or in training.
  public var horizon: Int
  /// Features of a step of the past, the target's own value and whether it was there among them.
  public var past: Int
  /// Features of a step of the future: covariates that are known in advance, and the calendar's.
  public var known: Int
  public var distribution: DistributionKind
  public var cell: CellKind
  public var hidden: Int
  public var layers: Int
  /// The probability of zero, between layers and before the output layer.
  public var dropout: Float
  /// A linear layer from the past values of the target straight to the forecast, beside the network (the autoregressive
  /// component of LSTNet, Lai et al. 2018).
  public var highway: Bool
  public var initialisation: Initialisation

  public init(
    kind: ForecasterKind = .recurrent, window: Int, horizon: Int, past: Int = 2, known: Int = 0,
    distribution: DistributionKind = .gaussian, cell: CellKind = .gru, hidden: Int = 64, layers: Int = 1,
    dropout: Float = 0.1, highway: Bool = true, initialisation: Initialisation = .standard
  ) {
    self.kind = kind
    self.window = window
    self.horizon = horizon
    self.past = past
    self.known = known
    self.distribution = distribution
    self.cell = cell
    self.hidden = hidden
    self.layers = layers
    self.dropout = dropout
    self.highway = highway
    self.initialisation = initialisation
  }

  /// Features that the first layer reads at a step of the past. An autoregressive network reads the known features of
  /// the step that it forecasts, and whether the covariates of the step before are known.
  package var inputs: Int { kind == .autoregressive ? past + known + 1 : past + known }

  /// Numbers that are given for each step of the future.
  package var parameters: Int { distribution.output.parameterCount }

  /// What is wrong with a shape that was read from a file or asked for by a user; nil if nothing is.
  public var flaw: String? {
    let most = 1 << 20
    if !(1...100_000).contains(window) { return "a window of \(window) steps" }
    if !(1...10_000).contains(horizon) { return "a horizon of \(horizon) steps" }
    if !(2...most).contains(past) || !(0...most).contains(known) { return "\(past) and \(known) features" }
    if !(1...most).contains(hidden) { return "\(hidden) hidden units" }
    if !(1...1000).contains(layers) { return "\(layers) layers" }
    if !(dropout >= 0 && dropout < 1) { return "dropout \(dropout), which is not from 0 to below 1" }
    if let flaw = distribution.flaw { return flaw }
    if horizon * parameters > most || window * inputs > 1 << 24 {
      return "a window or horizon too large for its features"
    }
    return nil
  }
}
