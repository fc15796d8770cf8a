import Tensors

extension GradientFlow {
  /// Norms below this part of the largest are not drawn.
  static let smallestPart = 1e-12

  /// The distances that tables show: 0, 1, 2, 5, 10, and so on, and the last.
  public static func shownSteps(_ steps: Int) -> [Int] {
    var shown = [0]
    var power = 1
    while power <= steps {
      shown += [power, 2 * power, 5 * power].filter { $0 <= steps }
      power *= 10
    }
    return shown.last == steps ? shown : shown + [steps]
  }

  /// A line for each state vector of each layer, with quartiles.
  public func chart(title: String) -> Plot {
    var plot = Plot(
      title: title, horizontal: "steps back, k", vertical: "norm of d loss / d state",
      series: curves.enumerated().map { index, curve in
        Plot.Series(
          curves.count == 1 ? curve.state : "layer \(curve.layer), \(curve.state)", .of(index),
          curve.state == "h" ? .line : .dashed, Self.points(curve.median),
          band: zip(curve.lowerQuartile, curve.upperQuartile).map { $0...$1 })
      })
    plot.note = "median and quartiles over \(positions) positions"
    plot.verticalScale = .logarithmic
    plot.verticalRange = Self.range(curves)
    return plot
  }

  /// All singular values of a step of each layer, from the largest to the smallest.
  public func spectrumChart() -> Plot {
    GradientComparison.spectra(
      spectra.map { ("layer \($0.layer)", $0) }, title: "Singular values of a step, d state(t) / d state(t-1)")
  }

  static func points(_ values: [Double]) -> [Plot.Point] {
    values.enumerated().map { Plot.Point(x: Double($0), y: $1 > 0 ? $1 : .nan) }
  }

  /// What is drawn of them.
  static func range(_ curves: [Curve]) -> ClosedRange<Double>? {
    let values = curves.flatMap { $0.median + $0.lowerQuartile + $0.upperQuartile }.filter { $0 > 0 && $0.isFinite }
    guard let low = values.min(), let high = values.max() else { return nil }
    return max(low, high * smallestPart) / 1.3...high * 1.3
  }
}

extension GradientComparison {
  /// A line for h of the last layer of each model, and a dashed one for c where there is one; all models on one scale.
  ///
  /// - Parameter trained: after training, otherwise before.
  public func chart(trained: Bool, title: String) -> Plot {
    var series: [Plot.Series] = []
    for (index, entry) in entries.enumerated() {
      guard let flow = trained ? entry.trained : entry.initial else { continue }
      let last = flow.curves.map(\.layer).max() ?? 0
      for curve in flow.curves where curve.layer == last {
        series.append(
          Plot.Series(
            curve.state == "h" ? entry.name : "\(entry.name), \(curve.state)", .of(index),
            curve.state == "h" ? .line : .dashed, GradientFlow.points(curve.median)))
      }
    }
    let flows = entries.compactMap { $0.initial } + entries.map(\.trained)
    var plot = Plot(
      title: title, horizontal: "steps back, k", vertical: "norm of d loss / d state, last layer", series: series)
    plot.note = "median over \(flows.first?.positions ?? 0) positions of the text; c dashed"
    plot.verticalScale = .logarithmic
    plot.verticalRange = GradientFlow.range(
      flows.flatMap { flow in
        flow.curves.filter { $0.layer == flow.curves.map(\.layer).max() }
      })
    return plot
  }

  public func spectrumChart(trained: Bool, title: String) -> Plot {
    Self.spectra(
      entries.compactMap { entry in
        (trained ? entry.trained : entry.initial)?.spectra.last.map { (entry.name, $0) }
      }, title: title)
  }

  static func spectra(_ spectra: [(name: String, spectrum: GradientFlow.Spectrum)], title: String) -> Plot {
    let most = spectra.flatMap(\.spectrum.values).max() ?? 1
    var plot = Plot(
      title: title, horizontal: "share of the singular values that are larger", vertical: "singular value",
      series: spectra.enumerated().map { index, one in
        let count = Double(max(1, one.spectrum.values.count - 1))
        return Plot.Series(
          one.name, .of(index), .line,
          one.spectrum.values.enumerated().map { Plot.Point(x: Double($0) / count, y: $1) })
      })
    plot.note = "above 1, a step lets a gradient grow; below 1, it shrinks"
    plot.series.append(Plot.Series("1", .grey, .dashed, [Plot.Point(x: 0, y: 1), Plot.Point(x: 1, y: 1)]))
    plot.horizontalRange = 0...1
    plot.verticalScale = .logarithmic
    plot.verticalRange = min(1e-4, most / 10)...max(1.5, most * 1.3)
    return plot
  }
}
