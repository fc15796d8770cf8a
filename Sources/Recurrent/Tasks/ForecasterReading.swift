import Tensors

/// How a target is brought to a size that a network can take.
public enum TargetScaling: String, Sendable, Hashable, Codable, CaseIterable {
  /// What it differs from the last value, in units of how much it moves within a window: levels of any height.
  case last
  /// The mean and standard deviation of the training part.
  case standard
  /// Divided by the mean of the absolute values in the window, as DeepAR does (Salinas et al. 2020): quantities and
  /// counts of any size. Where that is 0, by that of the training part.
  case mean
}

/// From what stands in a user's table to what a forecaster reads. All that is fitted is fitted on the training part.
public struct ForecasterReading: Sendable, Hashable, Codable {
  public var columns: TimeSeriesColumns
  public var gaps: GapRule
  public var duplicates: DuplicateRule
  public var notation: TimeNotation
  public var step: TimeStep
  /// Steps of the season; 1 for none.
  public var season: Int
  public var transform: TargetTransform
  /// The network reads and gives differences: between neighbours, and from the last value on.
  public var difference: Bool
  public var scaling: TargetScaling
  public var calendar: [CalendarFeature]
  /// Of past covariates, and of those known in advance; nil where there are none.
  public var past: ChannelScaling?
  public var known: ChannelScaling?
  /// Of each series that was trained on.
  public var profiles: [SeriesProfile]

  public init(
    columns: TimeSeriesColumns = TimeSeriesColumns(), gaps: GapRule = .missing, duplicates: DuplicateRule = .refuse,
    notation: TimeNotation = TimeNotation(.number), step: TimeStep = .number(1), season: Int = 1,
    transform: TargetTransform = .none, difference: Bool = false, scaling: TargetScaling = .last,
    calendar: [CalendarFeature] = [], past: ChannelScaling? = nil, known: ChannelScaling? = nil,
    profiles: [SeriesProfile] = []
  ) {
    self.columns = columns
    self.gaps = gaps
    self.duplicates = duplicates
    self.notation = notation
    self.step = step
    self.season = season
    self.transform = transform
    self.difference = difference
    self.scaling = scaling
    self.calendar = calendar
    self.past = past
    self.known = known
    self.profiles = profiles
  }

  /// Features of a step of the past: the value, whether it was there, and the covariates of which only the past is
  /// known.
  package var pastFeatures: Int { 2 + (past?.features ?? 0) }
  /// Features of any step that are known in advance.
  package var knownFeatures: Int { (known?.features ?? 0) + calendar.count * CalendarFeature.width }

  /// Fits scales to the training parts of series.
  ///
  /// - Parameters:
  ///   - trained: steps of each series that are trained on.
  ///   - window: steps that the model looks back.
  /// - Throws: `TimeSeriesError.notPositive` for a value that the transform cannot take.
  public mutating func fit(_ series: [TimeSeries], trained: [Int], window: Int) throws(TimeSeriesError) {
    profiles = []
    for (series, count) in zip(series, trained) {
      try transform.check(series.target, series: series.name)
      profiles.append(
        profile(
          of: series.prefix(count), window: window, trainedThrough: series.times[count - 1],
          chosenThrough: series.times[series.count - 1]))
    }
    func scaling(_ channels: Int, _ values: (TimeSeries) -> [[Double]]) -> ChannelScaling? {
      if channels == 0 { return nil }
      let sequences = zip(series, trained).map { series, count in
        Self.sequence(values(series).map { Array($0.prefix(count)) })
      }
      return ChannelScaling(fitting: sequences, channels: channels)
    }
    past = scaling(series.first?.past.count ?? 0, \.past)
    known = scaling(series.first?.known.count ?? 0, \.known)
  }

  /// The scales of a series, all of which is past.
  package func profile(
    of series: TimeSeries, window: Int, trainedThrough: Double = 0, chosenThrough: Double = 0
  ) -> SeriesProfile {
    SeriesProfile(
      fitting: series.target, name: series.name, transform: transform, window: window, season: season,
      trainedThrough: trainedThrough, chosenThrough: chosenThrough)
  }

  static func sequence(_ channels: [[Double]]) -> NumericSequence {
    let steps = channels.first?.count ?? 0
    return NumericSequence(
      values: (0..<steps).flatMap { step in channels.map { Float($0[step]) } }, channels: channels.count)
  }

  /// What is wrong with one that was read from a file; nil if nothing is.
  var flaw: String? {
    if let flaw = step.flaw { return flaw }
    if !(1...1 << 20).contains(season) { return "a season of \(season) steps" }
    if profiles.isEmpty || Set(profiles.map(\.name)).count < profiles.count {
      return "profiles that are none, or doubled"
    }
    if (past?.channels ?? 0, known?.channels ?? 0) != (columns.past.count, columns.known.count) {
      return "scales of other covariates than it names"
    }
    return profiles.lazy.compactMap(\.flaw).first
  }
}
