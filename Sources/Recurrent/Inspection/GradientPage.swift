import Tensors

extension GradientFlow {
  /// Norms at some distances, in a row for each state vector.
  public var table: [[String]] {
    let shown = Self.shownSteps(steps)
    return [["steps back"] + shown.map(String.init) + ["factor per step"]]
      + curves.map { curve in
        ["layer \(curve.layer), \(curve.state)"] + shown.map { Self.norm(curve.median[$0]) }
          + [Self.factor(curve.overall)]
      }
  }

  /// The singular values of each layer.
  public var spectrumTable: [[String]] {
    [Self.spectrumHead("layer")] + spectra.map { [String($0.layer)] + Self.cells($0) }
  }

  static func spectrumHead(_ first: String) -> [String] { [first, "largest", "median", "smallest", "above 1"] }

  static func cells(_ spectrum: Spectrum) -> [String] {
    // What float32 leaves of derivatives that are sums of many products.
    let rounding = spectrum.largest * 1e-6
    return [spectrum.largest, spectrum.median].map(norm)
      + [spectrum.smallest < rounding ? "< \(norm(rounding))" : norm(spectrum.smallest)]
      + ["\(AxisTicks.text(spectrum.shareAboveOne * 100, step: 0.1)) %"]
  }

  /// Two digits.
  static func norm(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return value == 0 ? "0" : "-" }
    // Below, float32 has few digits left, and then none.
    if value < Double(Float.leastNormalMagnitude) { return "< 1.2e-38" }
    let exponent = Int((Double.log(value) / Double.log(10)).rounded(.down))
    if (-2...3).contains(exponent) {
      return AxisTicks.text(value, step: Double.power(10, Double(min(0, exponent - 1))))
    }
    let mantissa = value / Double.power(10, Double(exponent))
    return AxisTicks.text(mantissa, step: 0.1) + "e\(exponent)"
  }

  static func factor(_ value: Double) -> String { value.isFinite ? AxisTicks.text(value, step: 0.001) : "-" }

  /// A page of charts and tables.
  ///
  /// - Parameters:
  ///   - model: what the page calls the model.
  ///   - source: and the text.
  public func page(model: String, source: String) -> String {
    var page = HTMLPage(title: "How far back the gradient of \(model) reaches")
    page.paragraph(
      "At \(positions) positions of \(source): the loss of one token, and the norm of its gradient with respect to the states "
        + "up to \(steps) steps before, c apart from the h that was made of it. The mean loss there is \(AxisTicks.text(loss, step: 0.001)) nats."
    )
    page.figure(chart(title: "Norm of the gradient, by how far back the state is").svg(width: 880, height: 460))
    page.table(table)
    page.heading("One step")
    page.paragraph(
      "The singular values of the derivative of a layer's state with respect to its state one step before say how much a small "
        + "change grows or shrinks in each direction. A gradient that goes back k steps is multiplied by k such matrices."
    )
    page.figure(spectrumChart().svg(width: 880, height: 420))
    page.table(spectrumTable)
    return page.text
  }
}

extension GradientComparison {
  /// Norms of h of the last layer at some distances, in a row for each model.
  public func table(trained: Bool) -> [[String]] {
    guard let steps = entries.first?.trained.steps else { return [] }
    let shown = GradientFlow.shownSteps(steps)
    var rows = [["steps back"] + shown.map(String.init) + ["factor per step", "loss"]]
    for entry in entries {
      guard let flow = trained ? entry.trained : entry.initial,
        let curve = flow.curves.last(where: { $0.state == "h" })
      else { continue }
      rows.append(
        [entry.name] + shown.map { GradientFlow.norm(curve.median[$0]) }
          + [GradientFlow.factor(curve.overall), AxisTicks.text(flow.loss, step: 0.001)])
    }
    return rows
  }

  public func spectrumTable(trained: Bool) -> [[String]] {
    [GradientFlow.spectrumHead("model")]
      + entries.compactMap { entry in
        (trained ? entry.trained : entry.initial)?.spectra.last.map { [entry.name] + GradientFlow.cells($0) }
      }
  }

  /// Whether there is anything from before training.
  public var hasInitial: Bool { entries.contains { $0.initial != nil } }

  private var stages: [(trained: Bool, title: String)] {
    hasInitial ? [(false, "At initialisation"), (true, "After training")] : [(true, "As trained")]
  }

  /// The charts of norms and of singular values, before and after training.
  public var charts: [Plot] {
    stages.flatMap { stage in
      [
        chart(trained: stage.trained, title: "\(stage.title): norm of the gradient"),
        spectrumChart(trained: stage.trained, title: "\(stage.title): singular values of one step"),
      ]
    }
  }

  /// All charts in one drawing.
  public var drawing: String {
    let (width, height) = (640.0, 420.0)
    let rows = stride(from: 0, to: charts.count, by: 2).map { first -> (svg: String, width: Double, height: Double) in
      let pair = charts[first..<min(first + 2, charts.count)].enumerated().map { index, chart in
        "<g transform=\"translate(\(Int(width) * index),0)\">\n\(chart.svg(width: width, height: height))</g>"
      }
      return (pair.joined(separator: "\n"), 2 * width, height)
    }
    return SVG.stacked(rows)
  }

  /// A page for all models.
  ///
  /// - Parameters:
  ///   - source: what the page calls the text.
  ///   - setting: of the models and of their training.
  public func page(source: String, setting: String) -> String {
    var page = HTMLPage(title: "The vanishing gradient, and what gates do about it")
    page.paragraph(
      "How large the gradient of the loss at one token of \(source) still is at the states before it, by how many steps they "
        + "lie back. \(setting)")
    page.paragraph(
      "On this logarithmic scale a straight line falls by the same factor at every step. Where a unit is a plain sigmoid, "
        + "each step multiplies by at most 0.25 and by the weights; a gate that is open passes on what comes as it is.")
    for stage in stages {
      page.heading(stage.title)
      page.figure(
        chart(trained: stage.trained, title: "\(stage.title): norm of the gradient").svg(width: 880, height: 440))
      page.table(table(trained: stage.trained))
      page.figure(
        spectrumChart(trained: stage.trained, title: "\(stage.title): singular values of one step")
          .svg(width: 880, height: 380))
      page.table(spectrumTable(trained: stage.trained))
    }
    return page.text
  }
}
