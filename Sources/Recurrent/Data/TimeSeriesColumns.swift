/// Where things stand in a table of time series, by the names or the numbers of columns.
public struct TimeSeriesColumns: Sendable, Hashable, Codable {
  /// nil where rows are in order and equally far apart.
  public var time: String?
  /// What is forecast; nil for the only column of numbers that nothing else names.
  public var target: String?
  /// Names the series that a row belongs to; nil where there is one.
  public var series: String?
  /// Covariates of which only the past is known.
  public var past: [String]
  /// Covariates that are known in advance.
  public var known: [String]
  public var header: Bool
  /// Of the parts of dates; nil to take what fits all of them.
  public var order: TimeNotation.Order?

  public init(
    time: String? = nil, target: String? = nil, series: String? = nil, past: [String] = [], known: [String] = [],
    header: Bool = true, order: TimeNotation.Order? = nil
  ) {
    self.time = time
    self.target = target
    self.series = series
    self.past = past
    self.known = known
    self.header = header
    self.order = order
  }
}

/// What becomes of times that a table does not have.
public enum GapRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// They become steps whose values are missing.
  case missing
  /// They become steps with the values before them.
  case previous
  /// Rows count as neighbours, however far apart they are.
  case ignore
  /// The table is refused.
  case refuse
}

/// What becomes of several rows of one time.
public enum DuplicateRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// The table is refused.
  case refuse
  case first
  case last
  case mean
  case sum
}
