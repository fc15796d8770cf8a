import Tensors

/// What a network is told of the date of a step: where in a cycle it lies, as a point on a circle, so that the end of
/// the cycle is beside its start.
public enum CalendarFeature: String, Sendable, Hashable, Codable, CaseIterable {
  case hour
  case weekday
  case monthDay = "month-day"
  case yearDay = "year-day"

  /// Sine and cosine of each.
  static let width = 2

  /// From 0 to below 1.
  ///
  /// - Parameter time: seconds since 1970-01-01 00:00.
  package func phase(_ time: Double) -> Double {
    let days = (time / 86_400).rounded(.down)
    let part = time / 86_400 - days
    if self == .hour { return part }
    let date = CalendarDate(days: Int(days))
    switch self {
    case .hour: return part
    case .weekday: return (Double(date.weekday) + part) / 7
    case .monthDay: return (Double(date.day - 1) + part) / Double(CalendarDate.days(date.year, date.month))
    case .yearDay: return (Double(date.dayOfYear) + part) / (CalendarDate.isLeap(date.year) ? 366 : 365)
    }
  }

  /// Row-major `[time, 2 * features]`.
  package static func values(_ features: [CalendarFeature], times: [Double]) -> [Float] {
    times.flatMap { time in
      features.flatMap { feature in
        let angle = 2 * Double.pi * feature.phase(time)
        return [Float(Double.sin(angle)), Float(Double.cos(angle))]
      }
    }
  }

  /// The cycles that are longer than a step and of which data of so many seconds has two rounds.
  package static func suited(to step: TimeStep, isCalendar: Bool, seconds: Double) -> [CalendarFeature] {
    guard isCalendar else { return [] }
    let length: Double =
      switch step {
      case .number: 0
      case .seconds(let step): Double(step)
      case .weekdays: 86_400
      case .months(let step): Double(step) * 365.25 / 12 * 86_400
      }
    let cycles: [(CalendarFeature, Double)] = [(.hour, 86_400), (.weekday, 7 * 86_400), (.yearDay, 365.25 * 86_400)]
    return cycles.filter { length > 0 && length < $0.1 && seconds >= 2 * $0.1 }.map(\.0)
  }
}
