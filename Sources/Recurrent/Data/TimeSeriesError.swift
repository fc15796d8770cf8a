/// Why a table cannot be read as time series, or be forecast.
public enum TimeSeriesError: Error, Equatable, CustomStringConvertible {
  case table(TableError)
  case notANumber(path: String, line: Int, column: String, text: String)
  case badTime(path: String, line: Int, text: String)
  case ambiguousDates(path: String, line: Int, text: String)
  case noTarget(path: String, columns: [String])
  case sameColumn(path: String, column: String)
  case repeatedTime(path: String, line: Int, series: String, time: String)
  case offStep(path: String, line: Int, series: String, time: String, step: String)
  case gap(path: String, line: Int, series: String, count: Int, time: String)
  case longGap(path: String, series: String, count: Int, step: String)
  case noValues(path: String, series: String)
  case otherTimes(path: String, found: String, trained: String)
  case notPositive(series: String, value: Double, transform: String)
  case notCounts(series: String, value: Double)
  case tooShort(path: String, longest: Int, needed: Int, reason: String)
  case nothingNew(path: String, through: String)
  case unknownFuture(series: String, column: String, step: Int, time: String)
  case longHorizon(asked: Int, trained: Int)
  case leak(model: String, series: String, step: Int)

  public var description: String {
    func named(_ series: String) -> String { series.isEmpty ? "" : "series '\(series)': " }
    switch self {
    case .table(let error): return error.description
    case .notANumber(let path, let line, let column, let text):
      return "\(path):\(line): '\(text)' under '\(column)' is not a number below 1e30; leave the field empty for a "
        + "missing value"
    case .badTime(let path, let line, let text):
      return "\(path):\(line): '\(text)' is no time like those before it; write dates as 2021-03-21, 2021.3.21 or "
        + "21.03.2021, with or without a time of day, or numbers"
    case .ambiguousDates(let path, let line, let text):
      return "\(path):\(line): '\(text)' may be day or month first, and so may all dates; say which by "
        + "--date-order day-first or month-first"
    case .noTarget(let path, let columns):
      return "\(path): which column is forecast? Name it with --target; there are "
        + columns.map { "'\($0)'" }.joined(separator: ", ")
    case .sameColumn(let path, let column):
      return "\(path): column '\(column)' is named for two purposes; leave it out of one"
    case .repeatedTime(let path, let line, let series, let time):
      return "\(path):\(line): \(named(series))the time \(time) is there twice; take a row out, or choose by "
        + "--duplicates first, last, mean or sum"
    case .offStep(let path, let line, let series, let time, let step):
      return "\(path):\(line): \(named(series))\(time) is no whole number of steps (\(step)) after the row before; "
        + "mend it, or take rows as they come with --gaps ignore"
    case .gap(let path, let line, let series, let count, let time):
      return "\(path):\(line): \(named(series))\(count) \(count == 1 ? "step is" : "steps are") missing before "
        + "\(time); choose what becomes of them by --gaps missing, previous or ignore"
    case .longGap(let path, let series, let count, let step):
      return "\(path): \(named(series))its times span \(count) steps (\(step)), far more than there are rows; "
        + "check them, or take rows as they come with --gaps ignore"
    case .noValues(let path, let series):
      return "\(path): \(named(series))there is no value to forecast from; give it some or take it out"
    case .otherTimes(let path, let found, let trained):
      return "\(path): its steps are of \(found), and the model was trained on steps of \(trained); give a table like "
        + "that"
    case .notPositive(let series, let value, let transform):
      return "\(named(series))the value \(value) has no logarithm (--transform \(transform)); train with --transform "
        + (transform == "log" && value > -1 ? "log1p, or none" : "none")
    case .notCounts(let series, let value):
      return "\(named(series))the value \(value) is no count; the negative binomial distribution is for whole numbers "
        + "from 0 on, so train with --distribution gaussian or student"
    case .tooShort(let path, let longest, let needed, let reason):
      return "\(path): the longest series has \(longest) steps, and \(needed) are needed \(reason)"
    case .nothingNew(let path, let through):
      return
        "\(path): it has no forecast to check after \(through), up to where the model was trained and chosen; give "
        + "rows that come later, or train with a larger --test"
    case .unknownFuture(let series, let column, let step, let time):
      return "\(named(series))'\(column)' is needed for step \(step) of the forecast (\(time)); add rows with it after "
        + "the last value"
    case .longHorizon(let asked, let trained):
      return "--horizon is \(asked), and the model forecasts \(trained) steps; train one with a longer --horizon, or "
        + "--model autoregressive, which goes on as long as one likes"
    case .leak(let model, let series, let step):
      return "\(named(series))the forecast of \(model) at step \(step) changes when what comes later is taken away: it "
        + "has seen the future, so its scores mean nothing"
    }
  }
}
