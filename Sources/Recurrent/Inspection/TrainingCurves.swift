/// The course of a run as pictures.
public enum TrainingCurves {
  /// Training and validation loss over epochs.
  public static func loss(_ records: [MetricsRecord]) -> Plot {
    let training = records.filter { $0.trainingLoss != nil }.map { Plot.Point(x: $0.epoch, y: $0.trainingLoss ?? .nan) }
    let validation = records.filter { $0.validationLoss != nil }.map {
      Plot.Point(x: $0.epoch, y: $0.validationLoss ?? .nan)
    }
    var plot = Plot(
      title: "Loss", horizontal: "epoch", vertical: "loss",
      series: [
        Plot.Series("single updates", .grey, .line, thinned(training)),
        Plot.Series("training, moving mean", .blue, .line, thinned(smoothed(training))),
      ])
    if !validation.isEmpty { plot.series.append(Plot.Series("validation", .orange, .line, validation)) }
    return plot
  }

  /// Of the gradient before clipping; nil where none was noted.
  public static func gradientNorm(_ records: [MetricsRecord]) -> Plot? {
    let norms = records.compactMap { record in record.gradientNorm.map { Plot.Point(x: record.epoch, y: $0) } }
    guard norms.contains(where: { $0.y > 0 }) else { return nil }
    var plot = Plot(
      title: "Norm of the gradient", horizontal: "epoch", vertical: "norm",
      series: [Plot.Series("before clipping", .green, .line, thinned(norms))])
    plot.verticalScale = .logarithmic
    return plot
  }

  /// An exponentially weighted mean over about 50 updates, of those there are in the beginning.
  static func smoothed(_ points: [Plot.Point]) -> [Plot.Point] {
    var (mean, weight) = (0.0, 0.0)
    return points.map { point in
      weight = 0.98 * weight + 1
      mean += (point.y - mean) / weight
      return Plot.Point(x: point.x, y: mean)
    }
  }

  /// At most so many points that a picture stays small: of each run of neighbours its lowest and its highest.
  static func thinned(_ points: [Plot.Point], most: Int = 1000) -> [Plot.Point] {
    guard points.count > most else { return points }
    let runs = most / 2
    return (0..<runs).flatMap { run -> [Plot.Point] in
      let part = points[points.count * run / runs..<points.count * (run + 1) / runs]
      guard let low = part.indices.min(by: { part[$0].y < part[$1].y }),
        let high = part.indices.max(by: { part[$0].y < part[$1].y })
      else { return [] }
      return low == high ? [part[low]] : [part[min(low, high)], part[max(low, high)]]
    }
  }
}
