import Foundation
import Recurrent

/// Teaches a forecaster how many loaves a bakery sells each day, sees whether it beats forecasts that need no network,
/// and has it forecast the week to come.
@main
enum Bakery {
  static func main() throws {
    let file = #filePath.replacing("Bakery.swift", with: "loaves.csv")
    let columns = TimeSeriesColumns(time: "date", target: "loaves", known: ["holiday"])
    let table = try TimeSeriesTable(Table(reading: file), columns: columns)
    let loaves = table.series[0]
    let folder = ModelFolder(FileManager.default.temporaryDirectory.path + "/bakery-\(UUID())")
    defer { folder.discard() }

    // The last five weeks are for the test, the two before them choose the best epoch; scales come from what is left.
    let (horizon, window, trained, chosen) = (7, 14, loaves.count - 49, loaves.count - 35)
    let past = TimeSeries(
      times: Array(loaves.times[..<chosen]), target: Array(loaves.target[..<chosen]),
      known: loaves.known.map { Array($0[..<chosen]) })
    var reading = ForecasterReading(
      columns: columns, notation: table.notation, step: table.step, season: table.step.season, scaling: .mean,
      calendar: [.weekday])
    try reading.fit([past], trained: [trained], window: window)
    // Quantiles bend to days that nothing has prepared the model for; a normal distribution is thrown by them.
    let configuration = ForecasterConfiguration(
      window: window, horizon: horizon, distribution: .quantile(DistributionKind.defaultQuantiles), hidden: 32,
      dropout: 0.3)
    try ForecasterTrainer.prepare(
      folder, configuration: configuration,
      reading: reading, series: [past], trained: [trained],
      options: TrainingOptions(batch: 16, budget: .epochs(20), rate: 0.003, schedule: .cosine(warmup: 50), seed: 1))
    var trainer = try ForecasterTrainer(folder)
    try trainer.train { event in
      guard case .validation(let record, let best) = event, best else { return }
      print("step \(record.step)  validation loss \(record.validationLoss ?? 0), best so far")
    }

    let model = try folder.forecaster()
    let walk = Backtest(
      items: [
        .init(series: loaves, profile: model.profile(of: loaves, upTo: chosen), first: chosen, calibration: trained)
      ], horizon: horizon)
    let run = try walk.run(model)
    let baselines = [
      try walk.run(NaiveForecast.lastValue), try walk.run(NaiveForecast.drift), try walk.run(NaiveForecast.seasonal(7)),
      try walk.run(ExponentialSmoothing(fitting: [past], season: 7)),
    ]
    for run in [run] + baselines {
      print(String(format: "mean error %6.2f loaves, CRPS %6.2f: ", run.scores.mae, run.scores.crps) + run.name)
    }
    print(ForecastVerdict.overall(run, baselines, stride: 1))
    precondition(run.scores.mae < baselines[2].scores.mae, "the model is not better than what was a week ago")

    let levels = Forecast.levels(interval: 0.9)
    let week = try model.forecasts(loaves, origins: [loaves.count], horizon: horizon, levels: levels)[0]
    let times = Array(loaves.times[loaves.count...])
    let intervals = (0..<horizon).map { week.interval(0.9, step: $0) }
    for (step, time) in times.enumerated() {
      let range = intervals[step]
      print(
        table.notation.text(time) + String(format: "  %4.0f loaves", week.point[step])
          + String(format: ", by 90 %% from %.0f to %.0f", range.lowerBound, range.upperBound)
          + (loaves.known[0][loaves.count + step] > 0 ? ", a holiday" : ""))
    }
    let chart = ForecastChart.forecast(
      loaves, week, times: times, intervals: intervals, level: 0.9, notation: table.notation,
      title: "loaves: the week to come", history: 28)
    for line in chart.terminal(columns: 100) { print(line) }
  }
}
