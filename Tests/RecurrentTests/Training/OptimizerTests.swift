import Recurrent
import Tensors
import Testing

/// Twenty updates beside the same formulas in `Double`, as PyTorch's documentation states them.
@Suite struct OptimizerTests {
  struct Weights: Module {
    var weight: Tensor
    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("weight", &weight)
    }
  }

  struct Case: CustomTestStringConvertible {
    var method: OptimizerMethod
    var decay: Float = 0
    var clipping = Clipping.none
    var testDescription: String { "\(method) \(decay) \(clipping)" }
  }

  static let cases: [Case] = {
    let methods: [OptimizerMethod] = [
      .sgd(), .sgd(momentum: 0.9), .rmsprop(), .adam(), .adamw(), .adam(beta1: 0.5, beta2: 0.9, epsilon: 1e-3),
    ]
    return methods.flatMap { method in
      [
        Case(method: method), Case(method: method, decay: 0.1),
        Case(method: method, decay: 0.01, clipping: .norm(0.5)), Case(method: method, clipping: .value(0.3)),
      ]
    }
  }()

  /// The average is that of the parameters after each update since it began, and the parameters are those of plain descent.
  /// Sums of 12 numbers below 3: 12 roundings of 3 * 2^-24.
  @Test func averagesFromTheMomentOn() {
    var model = Weights(weight: Tensor([1, -2, 0.5], shape: [3]))
    var plain = model
    var optimizer = Optimizer(.averagedSGD(patience: 2), for: model)
    var descent = Optimizer(.sgd(), for: model)
    var seen: [[Float]] = []
    for step in 0..<20 {
      if step == 8 { optimizer.startAveraging() }
      if step <= 8 { #expect(optimizer.averaged(model).weight == model.weight) }
      let gradient = Tensor((0..<3).map { Float(Self.gradient(step, $0)) }, shape: [3])
      optimizer.update(&model, Gradients(entries: [("weight", gradient)]), rate: 0.05)
      descent.update(&plain, Gradients(entries: [("weight", gradient)]), rate: 0.05)
      #expect(model.weight == plain.weight)
      if step >= 8 { seen.append(model.weight.scalars) }
    }
    for i in 0..<3 {
      let mean = seen.reduce(0.0) { $0 + Double($1[i]) } / 12
      #expect(abs(Double(optimizer.averaged(model).weight.scalars[i]) - mean) < 12 * 3 * 0x1p-24)
    }
  }

  /// Algorithm 1 of Merity, Keskar and Socher (2017): t > n and the loss above the least of all but the last n looks.
  @Test func averagingBeginsWhenTheLossNoLongerFalls() {
    var progress = TrainingProgress()
    let losses = [5.0, 4, 3, 3.5, 3.2, 2.9, 3.1, 3.3, 3.4]
    let triggers = losses.map { progress.isNoLongerFalling($0, patience: 3) }
    let expected = losses.indices.map { t in t > 3 && losses[t] > losses[0..<t - 3].min()! }
    #expect(triggers == expected && expected.contains(true))
  }

  static let count = 37
  static let rate = 0.05

  /// Numbers from -2 to 2 without order.
  static func gradient(_ step: Int, _ index: Int) -> Double {
    Double(Float(((step * 7919 + index * 104_729) % 1009) - 504) / 252)
  }

  @Test(arguments: cases) func agreesWithTheFormulas(_ example: Case) {
    let start = (0..<Self.count).map { Float($0 - 18) / 10 }
    var model = Weights(weight: Tensor(start, shape: [Self.count]))
    var optimizer = Optimizer(example.method, weightDecay: example.decay, for: model)
    var w = start.map(Double.init)
    var (m, v) = ([Double](repeating: 0, count: Self.count), [Double](repeating: 0, count: Self.count))
    for step in 1...20 {
      var g = (0..<Self.count).map { Self.gradient(step, $0) }
      let gradients = Gradients(entries: [("weight", Tensor(g.map(Float.init), shape: [Self.count]))])
      optimizer.update(&model, gradients, rate: Float(Self.rate), clipping: example.clipping)
      switch example.clipping {
      case .none: break
      case .norm(let most):
        let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
        g = g.map { $0 * min(1, Double(most) / (norm + 1e-6)) }
      case .value(let most): g = g.map { min(Double(most), max(-Double(most), $0)) }
      }
      for index in w.indices { Self.update(example, step, &w[index], &m[index], &v[index], g[index]) }
    }
    #expect(optimizer.steps == 20)
    for (found, wanted) in zip(model.weight.scalars, w) {
      // 20 updates of at most about ten roundings each of numbers below 4; Adam's quotient of small sums adds some.
      #expect(abs(Double(found) - wanted) <= 20 * 10 * 4 * 0x1p-24, "\(found) \(wanted)")
    }
  }

  private static func update(
    _ example: Case, _ t: Int, _ w: inout Double, _ m: inout Double, _ v: inout Double, _ gradient: Double
  ) {
    var g = gradient
    let decay = Double(example.decay)
    func adam(_ beta1: Float, _ beta2: Float, _ epsilon: Float) {
      let (b1, b2) = (Double(beta1), Double(beta2))
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g * g
      let corrected = (m / (1 - b1.power(t)), v / (1 - b2.power(t)))
      w -= rate * corrected.0 / (corrected.1.squareRoot() + Double(epsilon))
    }
    switch example.method {
    case .sgd(let momentum):
      g += decay * w
      m = t == 1 ? g : Double(momentum) * m + g
      w -= rate * (momentum == 0 ? g : m)
    case .averagedSGD: w -= rate * (g + decay * w)
    case .rmsprop(let average, let epsilon):
      g += decay * w
      v = Double(average) * v + (1 - Double(average)) * g * g
      w -= rate * g / (v.squareRoot() + Double(epsilon))
    case .adam(let beta1, let beta2, let epsilon):
      g += decay * w
      adam(beta1, beta2, epsilon)
    case .adamw(let beta1, let beta2, let epsilon):
      w -= rate * decay * w
      adam(beta1, beta2, epsilon)
    }
  }

  @Test func aCopyGoesItsOwnWay() {
    var model = Weights(weight: Tensor([1, 2], shape: [2]))
    var first = Optimizer(.adam(), for: model)
    let gradients = Gradients(entries: [("weight", Tensor([1, -1], shape: [2]))])
    first.update(&model, gradients, rate: 0.1)
    var (second, copy) = (first, model)
    second.update(&copy, gradients, rate: 0.1)
    let after = copy.weight.scalars
    #expect(model.weight.scalars != after && first.steps == 1)
    first.update(&model, gradients, rate: 0.1)
    #expect(model.weight.scalars == after)
  }

  /// 3 and 4 in two tensors make a norm of 5.
  @Test func theNormIsThatOfAllTensorsTogether() {
    let gradients = Gradients(entries: [
      ("a", Tensor([3, 0], shape: [2])), ("b", Tensor([0, 0, -4], shape: [3])),
    ])
    #expect(gradients.globalNorm == 5)
  }
}

extension Double {
  /// By repeated multiplication.
  fileprivate func power(_ times: Int) -> Double { (0..<times).reduce(1) { product, _ in product * self } }
}
