import ArgumentParser
import Recurrent
import Tensors

struct TrainForecaster: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecaster",
    abstract: "Train a model that forecasts the next steps of one or many time series.",
    discussion: """
      The data is a table (CSV, TSV or JSON Lines) with a row for each step: a column of times (2021-03-21, 2021.3.21, \
      2021-03-21T14:30:00Z, 21.03.2021, or numbers), one of the quantity to forecast and, for several series, one that \
      names them (--series): they share a model, each with a scale of its own. Missing times and values are taken as \
      missing, and reported.

      The last steps are kept for rnn evaluate, and those before them choose the best epoch; scales are fitted to what \
      is left. The model gives a distribution for each step: its forecast and intervals. What comes out of rnn predict \
      goes on from the last row of the table that it is given, whatever part of it the model was trained on.

      Examples:

        rnn train forecaster stock.csv --time date --target stock_price --features num_search --window 5 --horizon 4 \
      --out models/stock
        rnn predict models/stock stock.csv --plot forecast.svg
        rnn evaluate models/stock stock.csv

        rnn train forecaster load.csv --time hour --target mw --known temperature --window 168 --horizon 24 \
      --out models/load
        rnn train forecaster sales.csv --time day --target sold --series shop --model autoregressive \
      --distribution negative-binomial --window 28 --horizon 14 --out models/sales
        rnn train forecaster stock.csv --time date --target stock_price --window 5 --horizon 4 --model feed-forward \
      --out models/plain
        rnn evaluate models/stock stock.csv --against models/plain
      """)

  @OptionGroup(title: "Data") var data: SeriesOptions
  @OptionGroup(title: "Forecast") var forecast: ForecastOptions
  @OptionGroup(title: "Model") var model: ForecasterModelOptions
  @OptionGroup(title: "Training") var training: ForecasterTrainingOptions
  @OptionGroup(title: "Run") var running: RunOptions

  func validate() throws {
    try running.check(data: data.path, wanted: "a table, or - for standard input")
    try data.check()
    try forecast.check()
    try training.check()
    if let flaw = model.configuration(forecast).flaw { throw ValidationError("the options ask for \(flaw)") }
    if model.distribution == .negativeBinomial {
      guard forecast.scaling ?? .mean == .mean, forecast.transform == .none, !forecast.difference else {
        throw ValidationError(
          "negative-binomial is for counts as they are; leave out --scaling, --transform and --difference")
      }
    }
    if forecast.difference, forecast.scaling != nil {
      throw ValidationError("--difference has a scale of its own; leave out --scaling")
    }
  }

  func run() throws {
    let folder = try running.folder(trainedOn: "a table", files: [data.path]) { folder, display in
      try ForecasterPreparation(data: data, forecast: forecast, model: self.model, training: training, display: display)
        .prepare(folder)
    }
    let trainer = try ForecasterTrainer(folder, budget: training.update.budget)
    let model = trainer.checkpoint.model
    let c = model.configuration
    // The loss of quantiles is a distance, in units of each series' own scale.
    let unit = if case .quantile = c.distribution { "" } else { " nats" }
    var session = TrainingSession(
      trainer: trainer, command: "forecaster", items: "windows", unit: unit, running: running)
    let network = c.kind == .feedForward ? "feed-forward" : "\(c.kind.rawValue) \(c.cell.rawValue)"
    try session.run(
      heading: "\(network), \(c.layers) × \(c.hidden) units, \(c.distribution.defaultValueDescription), "
        + "\(grouped(model.parameterCount)) parameters; \(grouped(trainer.task.counts.training)) windows of \(c.window) "
        + "steps to train on, \(grouped(trainer.task.counts.validation)) to choose by")
    guard !running.quiet else { return }
    StandardError.line(
      """
      The model is in \(folder.path). Use it:
        rnn predict \(folder.path) TABLE --plot forecast.svg
        rnn evaluate \(folder.path) TABLE
      """)
  }
}
