import Tensors

/// Windows of series as a task: each may start wherever a step of the training part comes after it, and what lies
/// beyond that part is missing to it.
public struct ForecasterTraining: TrainingTask {
  private let configuration: ForecasterConfiguration
  private let training: [PreparedSeries]
  private let trainingWindows: [ForecastBatch.Window]
  private let validation: [PreparedSeries]
  private let validationWindows: [ForecastBatch.Window]
  private let batches: EpochBatches
  /// Passes over the data in an epoch.
  private let rounds: Int

  /// - Parameter store: series of which each window has a step to forecast in the training part.
  init(
    _ store: TimeSeriesStore, reading: ForecasterReading, configuration: ForecasterConfiguration,
    options: TrainingOptions
  ) throws(TimeSeriesError) {
    self.configuration = configuration
    var (training, validation): ([PreparedSeries], [PreparedSeries]) = ([], [])
    var (first, second): ([ForecastBatch.Window], [ForecastBatch.Window]) = ([], [])
    for (index, series) in store.series.enumerated() {
      let count = store.trained[index]
      let profile = reading.profiles[index]
      training.append(
        try PreparedSeries(series.prefix(count), reading, profile: profile, horizon: configuration.horizon))
      validation.append(try PreparedSeries(series, reading, profile: profile, horizon: configuration.horizon))
      let start = Self.firstOrigin(configuration.window, count)
      first += Self.windows(series, index, start..<count, before: count, configuration.horizon)
      second += Self.windows(series, index, count..<series.count, before: series.count, configuration.horizon)
    }
    (self.training, self.validation) = (training, validation)
    (trainingWindows, validationWindows) = (first, second)
    batches = EpochBatches(
      lengths: Array(repeating: 1, count: first.count), size: options.batch,
      key: RandomKey(seed: options.seed, stream: Self.orderStream))
    rounds = batches.count == 0 ? 0 : (Self.fewestSteps + batches.count - 1) / batches.count
  }

  /// Fewest updates of an epoch: a small table is gone through as often as that takes, so that the model is not looked at
  /// and written down after each of few updates.
  public static let fewestSteps = 50

  private static let orderStream: UInt32 = 1 << 20

  /// A window is full, unless the training part is shorter.
  static func firstOrigin(_ window: Int, _ count: Int) -> Int { max(1, min(window, count / 2)) }

  /// Starts after which something came.
  private static func windows(
    _ series: TimeSeries, _ index: Int, _ origins: Range<Int>, before end: Int, _ horizon: Int
  ) -> [ForecastBatch.Window] {
    origins.filter { origin in series.target[origin..<min(end, origin + horizon)].contains { !$0.isNaN } }
      .map { ForecastBatch.Window(series: index, origin: $0) }
  }

  /// Windows to train on, and windows of which the outcomes choose the model.
  public var counts: (training: Int, validation: Int) { (trainingWindows.count, validationWindows.count) }

  public var stepsPerEpoch: Int { rounds * batches.count }
  public func count(_ batch: ForecastBatch) -> Int { batch.count }

  public func batch(epoch: Int, step: Int) -> ForecastBatch {
    let round = epoch * rounds + step / batches.count
    let chosen = batches.batch(epoch: round, step: step % batches.count).map { trainingWindows[$0] }
    return ForecastBatch(chosen, of: training, configuration, taught: true)
  }

  public func loss(
    _ model: Forecaster, _ batch: ForecastBatch, state: RecurrentState, key: RandomKey?
  ) -> (loss: Tensor, state: RecurrentState) {
    let numbers = model(batch.past, known: batch.known, dropoutKey: key)
    let loss = numbers.distributionLoss(
      configuration.distribution.output, targets: batch.outcomes,
      scales: batch.scales(horizon: configuration.horizon))
    return (loss, state)
  }

  private static let validationBatch = 256

  /// The mean loss over the outcomes after the training part.
  public func validate(_ model: Forecaster) -> Validation? {
    if validationWindows.isEmpty { return nil }
    var model = model
    model.stack?.prepare()
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: validationWindows.count, by: Self.validationBatch) {
      let windows = Array(validationWindows[start..<min(validationWindows.count, start + Self.validationBatch)])
      let batch = ForecastBatch(windows, of: validation, configuration, taught: true)
      let present = batch.outcomes.reduce(0) { $0 + ($1.isNaN ? 0 : 1) }
      sum += Double(loss(model, batch, state: RecurrentState(layers: []), key: nil).loss.scalar) * Double(present)
      count += present
    }
    return Validation(loss: sum / Double(max(1, count)))
  }
}
