import CKernels
import Tensors

/// A rule by which gradients change parameters, with PyTorch's definitions and defaults.
public enum OptimizerMethod: Sendable, Hashable, Codable {
  /// Stochastic gradient descent; with momentum 0 it keeps no state.
  case sgd(momentum: Float = 0)
  /// Stochastic gradient descent whose parameters are averaged from the moment on at which the validation loss is no longer
  /// lower than it was `patience` looks and more ago: NT-ASGD of AWD-LSTM (Merity, Keskar and Socher 2017, algorithm 1).
  /// Validation and the saved model have the average (Polyak and Juditsky 1992); training goes on from the parameters
  /// themselves.
  case averagedSGD(patience: Int = 5)
  /// Tieleman and Hinton 2012.
  case rmsprop(decay: Float = 0.99, epsilon: Float = 1e-8)
  /// Kingma and Ba 2014.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2017).
  case adamw(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)

  /// State vectors for each parameter.
  var stateCount: Int {
    switch self {
    case .sgd(let momentum): momentum == 0 ? 0 : 1
    case .averagedSGD, .rmsprop: 1
    case .adam, .adamw: 2
    }
  }
}

/// An optimiser with its state, a value: a copy goes its own way.
public struct Optimizer: Sendable {
  public let method: OptimizerMethod
  public let weightDecay: Float
  /// Updates made so far.
  public package(set) var steps = 0
  /// Updates made before averaging began; nil if it has not.
  public package(set) var averagingSince: Int?
  /// For each parameter, in the order of visits, the state vectors in its shape.
  package var state: [[Tensor]]

  public init(_ method: OptimizerMethod, weightDecay: Float = 0, for model: some Module) {
    self.method = method
    self.weightDecay = weightDecay
    state = model.parameters.map { parameter in
      (0..<method.stateCount).map { _ in Tensor(shape: parameter.tensor.shape) }
    }
  }

  /// Begins to average the parameters, with those of the next update, where the method does.
  public mutating func startAveraging() {
    if case .averagedSGD = method, averagingSince == nil { averagingSince = steps }
  }

  /// The model with the averages of its parameters since `startAveraging()`, or as it is before.
  public func averaged<M: Module>(_ model: M) -> M {
    guard let averagingSince, steps > averagingSince else { return model }
    var copy = model
    var index = 0
    copy.visitParameters { _, parameter in
      parameter = state[index][0]
      index += 1
    }
    return copy
  }

  /// Changes the parameters of a model by one step.
  ///
  /// - Parameters:
  ///   - gradients: of a loss with respect to this model.
  ///   - rate: the learning rate.
  ///   - norm: the global norm of the gradients, where the caller knows it.
  ///   - rateFactor: multiplies the rate of a parameter; 0 leaves it as it is.
  public mutating func update(
    _ model: inout some Module, _ gradients: Gradients, rate: Float, clipping: Clipping = .none, norm: Double? = nil,
    rateFactor: (String) -> Float = { _ in 1 }
  ) {
    precondition(gradients.entries.count == state.count, "gradients of another model")
    steps += 1
    let (scale, limit) = clipping.factors(norm: norm ?? gradients.globalNorm)
    var index = 0
    model.visitParameters { name, parameter in
      defer { index += 1 }
      let g = gradients.entries[index].tensor
      precondition(g.shape == parameter.shape, "a gradient of shape \(g.shape) for \(parameter.shape)")
      let factor = rateFactor(name)
      if factor > 0 { update(index, &parameter, g, scale, limit, rate * factor) }
    }
  }

  private mutating func update(
    _ index: Int, _ parameter: inout Tensor, _ gradient: Tensor, _ scale: Float, _ limit: Float, _ rate: Float
  ) {
    let (method, decay, count) = (method, weightDecay, parameter.count)
    let first = state[index].indices.contains(0) ? state[index][0].withUnsafeMutablePointer { $0 } : nil
    let second = state[index].indices.contains(1) ? state[index][1].withUnsafeMutablePointer { $0 } : nil
    let t = Double(steps)
    func adam(_ beta1: Float, _ beta2: Float, _ epsilon: Float, decoupled: Bool, _ w: UnsafeMutablePointer<Float>) {
      let correction1 = Float(1 - Double.power(Double(beta1), t))
      let correction2 = Float(1 - Double.power(Double(beta2), t))
      forEachPart(count) { start, count in
        rn_adam(
          w + start, gradient.pointer + start, first.map { $0 + start }, second.map { $0 + start }, count, scale,
          limit, rate, beta1, beta2, epsilon, correction1, correction2, decay, decoupled)
      }
    }
    parameter.withUnsafeMutablePointer { w in
      switch method {
      case .sgd(let momentum):
        forEachPart(count) { start, count in
          rn_sgd(
            w + start, gradient.pointer + start, first.map { $0 + start }, count, scale, limit, rate, momentum, decay)
        }
      case .averagedSGD:
        // The mean of the first k is that of the first k - 1, moved by a k-th of the way to the last.
        let part = averagingSince.map { 1 / Float(steps - $0) } ?? 1
        forEachPart(count) { start, count in
          rn_sgd(w + start, gradient.pointer + start, nil, count, scale, limit, rate, 0, decay)
          guard let first else { return }
          rn_scale(first + start, 1 - part, first + start, count)
          rn_add_scaled(w + start, part, first + start, count)
        }
      case .rmsprop(let average, let epsilon):
        forEachPart(count) { start, count in
          rn_rmsprop(
            w + start, gradient.pointer + start, first.map { $0 + start }, count, scale, limit, rate, average,
            epsilon, decay)
        }
      case .adam(let beta1, let beta2, let epsilon): adam(beta1, beta2, epsilon, decoupled: false, w)
      case .adamw(let beta1, let beta2, let epsilon): adam(beta1, beta2, epsilon, decoupled: true, w)
      }
    }
  }
}
