/// The gradient of a loss with respect to the parameters of a module, in the order in which it visits them.
public struct Gradients: Sendable {
  /// The name of each parameter and the gradient of its shape.
  public internal(set) var entries: [(name: String, tensor: Tensor)]

  public init(entries: [(name: String, tensor: Tensor)]) { self.entries = entries }

  public subscript(name: String) -> Tensor? { entries.first { $0.name == name }?.tensor }

  /// Adds the gradients of another loss with respect to the same module.
  public mutating func accumulate(_ other: Gradients) {
    precondition(entries.count == other.entries.count, "gradients of another model")
    for index in entries.indices { entries[index].tensor.accumulate(other.entries[index].tensor) }
  }

  /// Multiplies all gradients.
  public mutating func scale(by factor: Float) {
    for index in entries.indices { entries[index].tensor = entries[index].tensor.scaled(by: factor) }
  }
}

/// The loss of a model, and its gradient with respect to every parameter, by reverse-mode automatic differentiation.
///
/// - Parameters:
///   - model: a value; it does not change.
///   - loss: computes a scalar from the model that it is given. What it captures counts as constant.
/// - Precondition: the loss is a scalar.
public func valueAndGradient<M: Module>(
  of model: M, _ loss: (M) throws -> Tensor
) rethrows -> (value: Tensor, gradients: Gradients) {
  let (value, _, gradients) = try valueAndGradient(of: model) { (try loss($0), ()) }
  return (value, gradients)
}

/// The same for a function that gives something else beside its loss, such as the state to carry on with.
///
/// - Parameter learns: whether a parameter, by its name, is differentiated with respect to; the gradient of any other is
///   zero, and costs nothing where only such parameters lie below.
public func valueAndGradient<M: Module, Extra>(
  of model: M, learns: (String) -> Bool = { _ in true }, _ loss: (M) throws -> (Tensor, Extra)
) rethrows -> (value: Tensor, extra: Extra, gradients: Gradients) {
  let tape = Tape()
  var tracked = model
  var entries: [(name: String, tensor: Tensor)] = []
  var learning: [Int] = []
  tracked.visitParameters { name, tensor in
    entries.append((name, tensor))
    if learns(name) {
      learning.append(entries.count - 1)
      tensor = tape.track(tensor)
    }
  }
  let (value, extra) = try loss(tracked)
  precondition(value.count == 1, "the loss is a scalar, not a tensor of shape \(value.shape)")
  var gradients = [Tensor?](repeating: nil, count: entries.count)
  if let slot = value.slot {
    let seed = Tensor(shape: value.shape, repeating: 1)
    for (index, gradient) in zip(learning, tape.gradients(of: slot, seed: seed, count: learning.count)) {
      gradients[index] = gradient
    }
  }
  for (index, gradient) in gradients.enumerated() {
    entries[index].tensor = gradient ?? Tensor(shape: entries[index].tensor.shape)
  }
  return (value.detached, extra, Gradients(entries: entries))
}
