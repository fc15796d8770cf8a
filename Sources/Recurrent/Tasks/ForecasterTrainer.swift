import Tensors

/// Trains a forecaster in a folder.
public typealias ForecasterTrainer = Trainer<ForecasterTraining>

extension Trainer where Task == ForecasterTraining {

  /// Takes up the run of a folder where its checkpoint stands, or at its start.
  ///
  /// - Parameter budget: a new end for the run.
  /// - Throws: `ModelFileError`, `SafetensorsError` or `TrainingError.checkpointMismatch`, by what is damaged.
  public init(_ folder: ModelFolder, budget: TrainingBudget? = nil) throws {
    let description = try folder.forecasterDescription()
    let run = try ModelJSON.read(PlainRun.self, from: folder.options)
    guard (1...1 << 20).contains(run.options.batch) else {
      throw ModelFileError.malformed(path: folder.options, detail: "it asks for a batch of \(run.options.batch)")
    }
    let store = try TimeSeriesStore(reading: folder.examples, names: description.reading.profiles.map(\.name))
    guard store.series[0].past.count == description.reading.columns.past.count,
      store.series[0].known.count == description.reading.columns.known.count
    else { throw TrainingError.checkpointMismatch(path: folder.examples, detail: "its covariates are not the model's") }
    let task = try ForecasterTraining(
      store, reading: description.reading, configuration: description.forecaster, options: run.options)
    guard task.stepsPerEpoch > 0 else {
      throw TrainingError.checkpointMismatch(path: folder.examples, detail: "it has no step to forecast")
    }
    if folder.hasCheckpoint {
      try folder.check(
        SafetensorsFile(reading: folder.checkpoint), description.forecaster.parameterShapes, prefix: "model.")
    }
    try self.init(
      folder, task: task, model: Forecaster(description.forecaster, seed: run.options.seed), run: run, budget: budget)
  }

  /// Makes a folder with everything that training needs.
  ///
  /// - Parameters:
  ///   - configuration: its numbers of features are those of `reading`.
  ///   - reading: fitted to the training parts.
  ///   - series: without what the model will be tested on.
  ///   - trained: steps of each that are trained on; the others choose the model.
  /// - Throws: `TimeSeriesError.notCounts` where a distribution of counts gets something else.
  public static func prepare(
    _ folder: ModelFolder, configuration: ForecasterConfiguration, reading: ForecasterReading, series: [TimeSeries],
    trained: [Int], options: TrainingOptions
  ) throws {
    var configuration = configuration
    (configuration.past, configuration.known) = (reading.pastFeatures, reading.knownFeatures)
    let description = ForecasterDescription(forecaster: configuration, reading: reading)
    if let flaw = description.flaw {
      throw ModelFileError.malformed(path: folder.path, detail: "it asks for \(flaw)")
    }
    if configuration.distribution == .negativeBinomial {
      for series in series {
        if let value = series.target.first(where: { $0 < 0 || $0 != $0.rounded() && !$0.isNaN }) {
          throw TimeSeriesError.notCounts(series: series.name, value: value)
        }
      }
      guard reading.scaling == .mean, reading.transform == .none, !reading.difference else {
        throw TrainingError.configuration(
          "a negative binomial distribution is of the counts themselves, scaled by their mean; leave out --transform, "
            + "--difference and --scaling")
      }
    }
    try folder.create()
    try folder.write(.forecaster, description)
    try TimeSeriesStore(series: series, trained: trained).write(to: folder.examples)
    try ModelJSON.write(PlainRun(options: options), to: folder.options)
  }
}
