import Recurrent

/// What a backtest tells, as JSON and as lines for people.
struct BacktestReport: Encodable {
  /// Of one method.
  struct Method: Encodable {
    var mae: Double
    var rmse: Double
    var mseScaled: Double
    var smape: Double
    /// Not defined in series whose training part never changes.
    var mase: Nullable
    var crps: Double
    var coverage: Double
    var intervalWidth: Double
    var verdict: String

    init(_ run: BacktestRun, verdict: String) {
      let scores = run.scores
      (mae, rmse, mseScaled, smape) = (scores.mae, scores.rmse, scores.scaledSquaredError, scores.smape)
      (mase, crps) = (Nullable(value: scores.mase), scores.crps)
      (coverage, intervalWidth, self.verdict) = (scores.coverage, scores.intervalWidth, verdict)
    }
  }

  private let model: Method
  /// By the paths that were given.
  private let models: [(name: String, method: Method)]
  private let baselines: [(name: String, method: Method)]
  private let starts: Int
  private let outcomes: Int
  private let horizon: Int
  private let level: Double
  private let season: Int
  private let series: Int
  private let rmseBySteps: [Double]
  private let names: [String]

  init(
    walk: Backtest, model: BacktestRun, models: [(String, BacktestRun)], baselines: [(String, BacktestRun)],
    season: Int
  ) {
    let naive = baselines.map(\.1)
    self.model = Method(
      model, verdict: ForecastVerdict.overall(model, naive + models.map(\.1), stride: walk.stride))
    func compared(_ other: BacktestRun) -> Method {
      let verdict = ForecastVerdict(model, against: other, stride: walk.stride)
      return Method(other, verdict: verdict.sentence(model.name, other.name))
    }
    self.models = models.map { ($0.0, compared($0.1)) }
    self.baselines = baselines.map { ($0.0, compared($0.1)) }
    names = [model.name] + models.map(\.0) + naive.map(\.name)
    (starts, outcomes, horizon) = (walk.starts, model.scores.count, walk.horizon)
    (level, self.season, series) = (walk.level, season, walk.items.count)
    rmseBySteps = model.steps.map(\.rmse)
  }

  private enum Keys: CodingKey {
    case models, baselines, starts, outcomes, horizon, level, season, series, rmseBySteps
  }

  /// The model's own scores stand at the top.
  func encode(to encoder: any Encoder) throws {
    try model.encode(to: encoder)
    var values = encoder.container(keyedBy: Keys.self)
    func named(_ list: [(name: String, method: Method)]) -> [String: Method] {
      Dictionary(list.map { ($0.name, $0.method) }, uniquingKeysWith: { first, _ in first })
    }
    try values.encode(named(baselines), forKey: .baselines)
    if !models.isEmpty { try values.encode(named(models), forKey: .models) }
    try values.encode(starts, forKey: .starts)
    try values.encode(outcomes, forKey: .outcomes)
    try values.encode(horizon, forKey: .horizon)
    try values.encode(level, forKey: .level)
    try values.encode(season, forKey: .season)
    try values.encode(series, forKey: .series)
    try values.encode(rmseBySteps, forKey: .rmseBySteps)
  }

  func lines(_ table: TimeSeriesTable, target: String) -> [String] {
    let methods = [model] + models.map(\.method) + baselines.map(\.method)
    let cover = (level * 1000).rounded() / 10
    let header = [
      "", "MAE", "RMSE", "MSE scaled", "sMAPE", "MASE", "CRPS",
      "in \(Int(exactly: cover).map(String.init) ?? "\(cover)") %",
    ]
    let rows = zip(names, methods).map { name, method in
      [
        name == "seasonal naive" ? "\(name) (\(season))" : name, significant(method.mae), significant(method.rmse),
        significant(method.mseScaled), fixed(method.smape, 2) + " %", method.mase.value.map { significant($0) } ?? "-",
        significant(method.crps), fixed(method.coverage * 100, 1) + " %",
      ]
    }
    let title =
      "\(target): \(grouped(starts)) forecasts of \(horizon) \(horizon == 1 ? "step" : "steps")"
      + (series > 1 ? " in \(grouped(series)) series" : "") + ", \(grouped(outcomes)) outcomes"
    let verdicts = models.map(\.method.verdict) + baselines.map(\.method.verdict)
    return [title, ""] + aligned([header] + rows) + [""] + verdicts + ["", model.verdict]
  }
}
