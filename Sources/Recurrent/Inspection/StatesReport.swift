/// What the units of a model keep in mind of a text, put together for a page.
public struct StatesReport: Sendable {
  public let text: InspectedText
  public let trace: StateTrace
  public let property: TextProperty?
  /// Of the property after each token.
  public let values: [Double?]?
  public let best: [UnitScore]
  /// The unit that colours the text.
  public let unit: StateTrace.Unit
  public let ablations: [Ablation]
  public let saturations: [GateSaturation]
  /// The tokens that are shown: of the second half where the unit was chosen on the first.
  public let shown: Range<Int>

  /// - Parameters:
  ///   - property: nil for none, where a unit is given.
  ///   - layer: nil for all.
  ///   - unit: the layer, the name of the state vector (nil for the first) and the number of the unit that colours the text;
  ///     nil for the best.
  ///   - count: of the best units.
  ///   - ablate: units of `layer` (of the last where that is nil) that are held at zero, each by itself.
  ///   - shown: tokens that are coloured.
  /// - Throws: `InspectionError`, `ConstraintError`.
  public init(
    _ model: LanguageModel, _ text: InspectedText, property: TextProperty?, layer: Int?, unit: Int?, state: String?,
    count: Int, ablate: [Int], shown: Int
  ) throws {
    guard text.tokens.count >= 4 else { throw InspectionError.shortText(tokens: text.tokens.count, needed: 4) }
    let layers = model.stack.layers.count
    if let layer, !(0..<layers).contains(layer) { throw InspectionError.layer(layer, of: layers) }
    let trace = model.stateTrace(text.tokens)
    (self.text, self.trace, self.property) = (text, trace, property)
    values = try property?.values(text)
    best =
      if let property, let values {
        try trace.bestUnits(property, values, layers: layer.map { $0..<$0 + 1 } ?? 0..<layers, count: count)
      } else { [] }
    let own = layer ?? layers - 1
    if let unit {
      self.unit = try trace.unit(layer: own, name: state ?? trace.names[own][0], unit: unit)
    } else {
      self.unit = best.first?.unit ?? StateTrace.Unit(layer: own, state: 0, unit: 0)
    }
    let losses = ablate.isEmpty ? [] : model.crossEntropies(text.tokens)
    let holds = property?.isYesOrNo == true ? values : nil
    ablations = try ablate.map {
      try model.ablation(layer: own, unit: $0, text.tokens, losses: losses, property: holds)
    }
    saturations = model.gateSaturation(text.tokens, trace)
    let first = property == nil || unit != nil ? 0 : text.tokens.count / 2
    self.shown = first..<min(text.tokens.count, first + shown)
  }

  /// Of the unit that colours the text.
  public var activations: [Float] { trace.values(unit) }

  /// True for h of all cells but those with ReLU.
  private var isBounded: Bool { unit.state == 0 && activations.allSatisfy { abs($0) <= 1 } }

  public var colouredText: ColouredText { ColouredText(text, activations, range: shown, bounded: isBounded) }

  /// What the colours are.
  public var caption: String {
    let what = trace.name(unit) + (isBounded ? "" : " (-1: its 5 % quantile, 1: its 95 % quantile)")
    guard let property, let score = best.first(where: { $0.unit == unit }) else { return what }
    return "\(what) tells \(property): \(Self.measure(property)) \(Self.decimals(score.score)) on the second half"
  }

  public static func measure(_ property: TextProperty) -> String {
    property.isYesOrNo ? "area under the curve" : "correlation"
  }

  private static func decimals(_ value: Double?) -> String {
    value.map { $0.isFinite ? AxisTicks.text($0, step: 0.001) : "-" } ?? "-"
  }

  private static func nats(_ value: Double?) -> String {
    value.map { ($0 > 0 ? "+" : "") + AxisTicks.text($0, step: 0.0001) } ?? "-"
  }

  /// The best units: a row of names and a row for each.
  public var bestTable: [[String]] {
    guard let property, !best.isEmpty else { return [] }
    let measure = Self.measure(property)
    return [
      ["unit", "\(measure), first half", "\(measure), second half", property.isYesOrNo ? "where it holds" : "sign"]
    ]
      + best.map { score in
        let sign = property.isYesOrNo ? ["high", "low"] : ["rises", "falls"]
        return [
          trace.name(score.unit), Self.decimals(score.chosenOn), Self.decimals(score.score),
          score.isInverted ? sign[1] : sign[0],
        ]
      }
  }

  /// What each ablation costs.
  public var ablationTable: [[String]] {
    guard !ablations.isEmpty else { return [] }
    let split = property?.isYesOrNo ?? false
    return [["held at zero", "loss", "change"] + (split ? ["where it holds", "elsewhere"] : [])]
      + ablations.map { one in
        ["layer \(one.layer), unit \(one.unit)", Self.decimals(one.loss), Self.nats(one.change)]
          + (split ? [Self.nats(one.changeWhereItHolds), Self.nats(one.changeElsewhere)] : [])
      }
  }

  /// A page of all of it.
  ///
  /// - Parameters:
  ///   - model: what the page calls the model.
  ///   - source: and the text.
  public func page(model: String, source: String) -> String {
    var page = HTMLPage(title: "What the units of \(model) keep in mind")
    page.paragraph(
      "\(model) read \(text.tokens.count) tokens of \(source), from a state of zeros. Layers and units count from 0.")
    page.heading("One unit, token by token")
    page.figure(ColouredText.htmlKey + colouredText.html, caption: caption + ". Point at a token to read the value.")
    if let property, !best.isEmpty {
      page.heading("Units that tell: \(property)")
      page.paragraph(
        "Chosen on the first half of the text and scored on the second, which they were not chosen on. "
          + (property.isYesOrNo
            ? "The area under the curve is the probability that the unit is higher (or, where it is low, lower) at a token "
              + "where the property holds than at one where it does not: 0.5 tells nothing, 1 tells all."
            : "The correlation is Pearson's: 0 tells nothing, 1 tells all."))
      page.table(bestTable)
    }
    if !ablations.isEmpty {
      page.heading("What is lost without a unit")
      page.paragraph(
        "Mean cross-entropy in nats per token, and how it changes when the unit is held at zero at every step"
          + (property?.isYesOrNo ?? false ? ": of all tokens, and of those that follow where the property holds." : ".")
      )
      page.table(ablationTable)
    }
    page.heading("States in two dimensions")
    page.figure(
      trace.principalComponentChart(layer: unit.layer, property, values).svg(width: 720, height: 520),
      caption: "Principal components of the states after each token. What lies close is much the same to the model.")
    if !saturations.isEmpty {
      page.heading("Gates that are shut or open")
      page.paragraph(
        "A dot for each unit, as in Karpathy, Johnson and Fei-Fei (2015). To the right: mostly shut. At the top: mostly open; "
          + "a unit whose forget (or update) gate is always open keeps what it has. At the origin: neither, at work as a "
          + "mixer. No dot can lie above the diagonal.")
      page.figures(gateCharts.map { $0.svg(width: 320, height: 350) })
    }
    return page.text
  }

  /// A plot for each kind of gate.
  public var gateCharts: [Plot] {
    var names: [String] = []
    for one in saturations where !names.contains(one.gate) { names.append(one.gate) }
    return names.map { name in GateSaturation.chart(saturations.filter { $0.gate == name }) }
  }
}
