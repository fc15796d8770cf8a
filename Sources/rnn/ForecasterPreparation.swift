import ArgumentParser
import Recurrent
import Tensors

/// Reads the series, keeps their ends for later, and writes everything that training starts from.
struct ForecasterPreparation {
  let data: SeriesOptions
  let forecast: ForecastOptions
  let model: ForecasterModelOptions
  let training: ForecasterTrainingOptions
  let display: Progress

  func prepare(_ folder: ModelFolder) throws {
    let table = try data.read()
    for note in table.notes { display.line(note) }
    let (series, trained) = try split(table)
    var reading = ForecasterReading(
      columns: table.columns, gaps: data.gaps, duplicates: data.duplicates, notation: table.notation, step: table.step,
      season: season(table, trained), transform: forecast.transform, difference: forecast.difference,
      scaling: forecast.scaling ?? (model.distribution == .negativeBinomial ? .mean : .last),
      calendar: forecast.features(table, trained: trained))
    try reading.fit(series, trained: trained, window: forecast.window)
    try ForecasterTrainer.prepare(
      folder, configuration: model.configuration(forecast), reading: reading, series: series, trained: trained,
      options: training.options)
    describe(table, series, trained, reading)
  }

  /// The series up to what is kept for the test, and how many of their steps are trained on: those up to a time that is
  /// the same for all. Series that begin later are left out.
  private func split(_ table: TimeSeriesTable) throws -> ([TimeSeries], [Int]) {
    let times = Set(table.series.flatMap { $0.times.prefix($0.count) }).sorted()
    func count(_ option: String?, part: Double, least: Int) -> Int {
      option.flatMap(StepCount.init)?.of(times.count) ?? max(StepCount.part(part).of(times.count), least)
    }
    let test = count(data.test, part: 0.2, least: 2 * forecast.horizon)
    let validation = count(data.validation, part: 0.1, least: forecast.horizon)
    let longest = table.series.map(\.count).max() ?? 0
    func tooShort(_ needed: Int) -> TimeSeriesError {
      .tooShort(
        path: table.path, longest: longest, needed: needed,
        reason: "to train on some and keep \(validation) for --validation and \(test) for --test; choose smaller ones, "
          + "a shorter --horizon, or give more rows")
    }
    guard times.count - test - validation >= 3 else { throw tooShort(test + validation + 3) }
    let (trainedEnd, chosenEnd) = (times[times.count - test - validation - 1], times[times.count - test - 1])
    var (series, trained): ([TimeSeries], [Int]) = ([], [])
    for one in table.series {
      let (first, second) = (one.firstStep(after: trainedEnd), one.firstStep(after: chosenEnd))
      guard first >= 3, one.target[..<first].contains(where: { !$0.isNaN }) else { continue }
      series.append(
        TimeSeries(
          name: one.name, times: Array(one.times[..<second]), target: Array(one.target[..<second]),
          past: one.past.map { Array($0[..<second]) }, known: one.known.map { Array($0[..<second]) }))
      trained.append(first)
    }
    guard !series.isEmpty else { throw tooShort(test + validation + 3) }
    if series.count < table.series.count {
      display.line(
        "\(table.series.count - series.count) of \(table.series.count) series have less than three steps up to "
          + "\(table.notation.text(trainedEnd)), and are left out of training")
    }
    return (series, trained)
  }

  /// The season that is asked for, or that is usual, where the data has two of it.
  private func season(_ table: TimeSeriesTable, _ trained: [Int]) -> Int {
    if let season = forecast.season { return season }
    let usual = table.step.season
    return (trained.max() ?? 0) >= 2 * usual ? usual : 1
  }

  private func describe(
    _ table: TimeSeriesTable, _ series: [TimeSeries], _ trained: [Int], _ reading: ForecasterReading
  ) {
    let steps = table.series.reduce(0) { $0 + $1.count }
    let missing = table.series.reduce(0) { $0 + $1.target.reduce(0) { $0 + ($1.isNaN ? 1 : 0) } }
    let starts = table.series.compactMap(\.times.first)
    let ends = table.series.map { $0.times[$0.count - 1] }
    let text = table.notation.text
    let last = zip(series, trained).map { $0.times[$1 - 1] }.max() ?? 0
    let chosen = series.map { $0.times[$0.count - 1] }.max() ?? 0
    display.line(
      "\(table.path): \(table.series.count == 1 ? "one series" : "\(grouped(table.series.count)) series") of "
        + "'\(table.columns.target ?? "")', \(grouped(steps)) steps (\(table.step)) from \(text(starts.min() ?? 0)) to "
        + "\(text(ends.max() ?? 0))" + (missing > 0 ? ", \(grouped(missing)) of them missing" : "")
        + (reading.season > 1 ? "; season \(reading.season)" : ""))
    display.line(
      "trained on what comes up to \(text(last))"
        + (chosen > last ? ", chosen by what comes up to \(text(chosen))" : "")
        + ((ends.max() ?? 0) > chosen ? "; the rest is left for rnn evaluate" : ""))
  }
}
