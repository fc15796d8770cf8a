import ArgumentParser
import Recurrent
import Tensors

/// What a table of time series has, and what is made of it.
struct SeriesOptions: ParsableArguments {
  @Argument(help: "A table with a row for each step; - for standard input.") var path: String?
  @Option(help: "Column of the times: dates, dates with times of day, or numbers (default: the order of rows).")
  var time: String?
  @Option(help: "Column of what is forecast (default: the only one that no other option names).") var target: String?
  @Option(help: "Column that names the series that a row belongs to.") var series: String?
  @Option(help: "Columns that help to forecast, of which only the past is known; separated by commas.")
  var features: String?
  @Option(help: "Columns that are known in advance, such as holidays or prices that are set; separated by commas.")
  var known: String?
  @Option(help: "year-first, day-first or month-first (default: the order that fits all dates).")
  var dateOrder: TimeNotation.Order?
  @Option(
    help: """
      Missing times: missing (steps without a value), previous (the value before), ignore (rows are neighbours) or refuse.
      """)
  var gaps = GapRule.missing
  @Option(help: "Several rows of one time: refuse, first, last, mean or sum.") var duplicates = DuplicateRule.refuse
  @Flag(help: "The first row names no columns; they are numbered from 1.") var noHeader = false
  @Option(help: "csv, tsv or jsonl (default: by the file's name).") var format: TableFormat?
  @Option(help: "utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be (default: detected).")
  var encoding: TextEncoding?
  @Option(
    help: """
      Steps at the end that nothing is trained on, for rnn evaluate: a number of steps, or a fraction (default: 0.2, \
      at least two horizons).
      """)
  var test: String?
  @Option(
    help: """
      Steps before them by which the best epoch is chosen, in the same way; 0 for none (default: 0.1, at least a \
      horizon).
      """)
  var validation: String?

  var columns: TimeSeriesColumns {
    TimeSeriesColumns(
      time: time, target: target, series: series, past: namesBetweenCommas(features), known: namesBetweenCommas(known),
      header: !noHeader,
      order: dateOrder)
  }

  func read() throws -> TimeSeriesTable {
    let table = try Table(reading: path ?? "-", format: format, header: !noHeader, encoding: encoding)
    return try TimeSeriesTable(table, columns: columns, gaps: gaps, duplicates: duplicates)
  }

  func check() throws {
    for (name, value) in [("test", test), ("validation", validation)] {
      if let value, StepCount(value) == nil {
        throw ValidationError("--\(name) is \(value); it must be a number of steps, or a fraction below 1")
      }
    }
    if dateOrder == .number { throw ValidationError("--date-order is year-first, day-first or month-first") }
  }
}

/// Names between commas.
func namesBetweenCommas(_ text: String?) -> [String] {
  (text ?? "").split(separator: ",").map { part in
    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// A number of steps, or a part of all.
enum StepCount {
  case steps(Int)
  case part(Double)

  init?(_ text: String) {
    if let steps = Int(text), steps >= 0, steps <= Int(Int32.max) {
      self = .steps(steps)
    } else if let part = Double(text), part >= 0, part < 1 {
      self = .part(part)
    } else {
      return nil
    }
  }

  func of(_ count: Int) -> Int {
    switch self {
    case .steps(let steps): steps
    case .part(let part): Int((part * Double(count)).rounded(.up))
    }
  }
}

/// What is read of a series, and how.
struct ForecastOptions: ParsableArguments {
  @Option(help: "Steps of the past that are read.") var window = 24
  @Option(help: "Steps that are forecast.") var horizon = 1
  @Option(help: "Steps of a season, for the seasonal forecast beside the model (default: by the dates; 1 for none).")
  var season: Int?
  @Option(help: "none, log (of values above 0) or log1p (of counts); undone in forecasts.")
  var transform = TargetTransform.none
  @Flag(help: "Read and forecast differences; summed up in forecasts.") var difference = false
  @Option(
    help: """
      last (what differs from the last value, in units of the series' movements), standard (mean and deviation of the \
      training part) or mean (in units of the mean of the window; as DeepAR, and for counts) (default: last; mean for \
      negative-binomial).
      """)
  var scaling: TargetScaling?
  @Option(help: "What the model is told of dates: auto, none, or of hour, weekday, month-day and year-day some.")
  var calendar = "auto"

  func features(_ table: TimeSeriesTable, trained: [Int]) -> [CalendarFeature] {
    if calendar != "auto" { return namesBetweenCommas(calendar).compactMap(CalendarFeature.init(rawValue:)) }
    let spans = zip(table.series, trained).map { series, count in
      count > 0 ? series.times[count - 1] - series.times[0] : 0
    }
    return CalendarFeature.suited(
      to: table.step, isCalendar: table.notation.isCalendar, seconds: spans.max() ?? 0)
  }

  func check() throws {
    try checkPositive([("window", window), ("horizon", horizon), ("season", season)])
    if calendar != "auto", calendar != "none",
      namesBetweenCommas(calendar).contains(where: { CalendarFeature(rawValue: $0) == nil })
    {
      throw ValidationError(
        "--calendar is \(calendar); it must be auto, none, or some of "
          + CalendarFeature.allCases.map(\.rawValue).joined(separator: ","))
    }
  }
}

struct ForecasterModelOptions: ParsableArguments {
  @Option(
    help: """
      recurrent (all steps at once), autoregressive (one step after another, DeepAR) or feed-forward (the window as one \
      vector: what a recurrent network has to be better than).
      """)
  var model = ForecasterKind.recurrent
  @Option(
    help: """
      gaussian, student (jumps), negative-binomial (counts) or quantile (no family; quantile:0.1,0.5,0.9 chooses which).
      """)
  var distribution = DistributionKind.gaussian
  @Option(help: "lstm, gru, elman (tanh), elman-relu, elman-sigmoid, min-gru or min-lstm.") var cell = CellKind.gru
  @Option(help: "Units of each layer.") var hidden = 64
  @Option(help: "Layers.") var layers = 1
  @Option(help: "Probability of zero between layers and before the output layer.") var dropout: Float = 0.3
  @Flag(help: "No linear layer from the past values straight to the forecast.") var noHighway = false
  @Option(help: Initialisation.help) var initialisation = Initialisation.standard

  func configuration(_ forecast: ForecastOptions) -> ForecasterConfiguration {
    ForecasterConfiguration(
      kind: model, window: forecast.window, horizon: forecast.horizon, distribution: distribution, cell: cell,
      hidden: hidden, layers: layers, dropout: dropout, highway: !noHighway, initialisation: initialisation)
  }
}

struct ForecasterTrainingOptions: ParsableArguments {
  @Option(help: "Windows side by side.") var batch = 32
  @Option(help: "Learning rate.") var rate: Float = 0.001
  @Option(
    help:
      "Course of the rate: constant, step:AFTER,EVERY,FACTOR, exponential:FACTOR, cosine:WARMUP or plateau:PATIENCE,FACTOR."
  )
  var schedule = Schedule.cosine(warmup: 50)
  @Option(help: "Limit of the gradient: norm:1, value:5 or none.") var clip = Clipping.norm(1)
  @Option(
    help: """
      End after so many epochs without a lower validation loss. An epoch is a pass over the data, or as many passes over \
      a small table as make 50 updates.
      """)
  var patience = 5
  @OptionGroup var update: UpdateOptions

  /// Small tables, of which an epoch is `ForecasterTraining.fewestSteps` updates, get a thousand of them.
  var options: TrainingOptions {
    TrainingOptions(
      batch: batch, budget: update.budget ?? .epochs(20), optimizer: update.optimizer,
      weightDecay: update.weightDecay, rate: rate, schedule: schedule, clipping: clip, precision: update.precision,
      patience: patience, seed: update.seed)
  }

  func check() throws {
    try checkPositive([("batch", batch), ("patience", patience)])
    try checkRate(rate)
    try update.check()
  }
}

extension GapRule: ExpressibleByArgument {}
extension DuplicateRule: ExpressibleByArgument {}
extension TimeNotation.Order: ExpressibleByArgument {}
extension TargetTransform: ExpressibleByArgument {}
extension TargetScaling: ExpressibleByArgument {}
extension ForecasterKind: ExpressibleByArgument {}

extension DistributionKind: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "gaussian": self = .gaussian
    case "student": self = .student
    case "negative-binomial": self = .negativeBinomial
    case "quantile": self = .quantile(Self.defaultQuantiles)
    default:
      let parts = argument.split(separator: ":", maxSplits: 1)
      let levels = parts.count == 2 ? parts[1].split(separator: ",").map { Double($0) ?? .nan } : []
      guard parts.first == "quantile", !levels.isEmpty, DistributionKind.quantile(levels).flaw == nil else {
        return nil
      }
      self = .quantile(levels)
    }
  }

  public var defaultValueDescription: String {
    switch self {
    case .gaussian: "gaussian"
    case .student: "student"
    case .negativeBinomial: "negative-binomial"
    case .quantile: "quantile"
    }
  }
}
