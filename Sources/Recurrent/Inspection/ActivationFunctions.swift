import Tensors

/// The functions that units are made of, with their derivatives, as this library computes them.
public enum ActivationFunction: String, Sendable, CaseIterable {
  case sigmoid, tanh, relu

  private var name: String { self == .relu ? "ReLU" : rawValue }

  /// The values and the derivatives, the latter by automatic differentiation.
  ///
  /// - Parameter x: where.
  public func values(at x: [Float]) -> (values: [Float], derivatives: [Float]) {
    let places = Places(x: Tensor(x, shape: [x.count]))
    let (_, values, gradients) = valueAndGradient(of: places) { places in
      let y =
        switch self {
        case .sigmoid: places.x.sigmoid()
        case .tanh: places.x.tanh()
        case .relu: places.x.relu()
        }
      return (y.sum(), y.detached)
    }
    return (values.scalars, gradients.entries[0].tensor.scalars)
  }

  /// From -6 to 6, with the greatest derivative marked: 0.25 of the sigmoid, 1 of the others.
  public var plot: Plot {
    let x = (0...240).map { Float($0 - 120) / 20 }
    let (values, derivatives) = values(at: x)
    func points(_ y: [Float]) -> [Plot.Point] { zip(x, y).map { Plot.Point(x: Double($0), y: Double($1)) } }
    // The jump of the derivative of ReLU is no line.
    let slope = points(derivatives).flatMap { point in
      self == .relu && point.x == 0 ? [point, Plot.Point(x: 0, y: .nan)] : [point]
    }
    var plot = Plot(
      title: name, horizontal: "x", vertical: "",
      series: [
        Plot.Series(self == .relu ? "max(0, x)" : "\(name)(x)", .blue, .line, points(values)),
        Plot.Series("its derivative", .orange, .dashed, slope),
      ])
    let most = derivatives.max() ?? 0
    plot.marks = [
      Plot.Mark(
        self == .sigmoid ? "at most 0.25" : self == .tanh ? "at most 1" : "1 for all x > 0", x: self == .relu ? 3 : 0,
        y: Double(most))
    ]
    plot.horizontalRange = -6...6
    plot.verticalRange = self == .sigmoid ? -0.1...1.1 : self == .tanh ? -1.15...1.25 : -0.5...4
    return plot
  }

  /// All three beside one another, with what their derivatives do to a gradient.
  public static var drawing: String {
    let (width, height) = (400.0, 340.0)
    let parts = allCases.enumerated().map { index, function in
      "<g transform=\"translate(\(Int(width) * index),0)\">\n\(function.plot.svg(width: width, height: height))</g>"
    }
    let notes = notes.enumerated().map { SVG.text($1, x: 60, y: height + 24 + 20 * Double($0), " font-size=\"14\"") }
    return SVG.document(
      width: 3 * width, height: height + 40 + 20 * Double(notes.count), font: "sans-serif", parts + notes)
  }

  /// What follows for a gradient that goes back through n steps.
  public static let notes = [
    "A step back through a sigmoid multiplies a gradient by at most 0.25 before the weights: after 10 steps, by at most "
      + "0.25¹⁰ = 0.00000095.",
    "Through tanh it is at most 1, and only near x = 0; through ReLU exactly 1 where the unit is on, 0 where it is off.",
  ]

  private struct Places: Module {
    var x: Tensor

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows { try visit("x", &x) }
  }
}
