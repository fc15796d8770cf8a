import Recurrent
import Tensors

/// The gradient of a loss beside central differences with steps h = 2^-6 and h / 2, extrapolated (Richardson 1911): the
/// error of order h^2 cancels and leaves h^4 times a fifth derivative over 480, 1e-5 for one of 100. Each loss is rounded
/// by 2^-24 of itself, and by about as much again inside, which the differences turn into
/// (4 * 2^7 + 2^6) / 3 * 2 * 2^-24 = 2.3e-5 of it. Where terms of the loss cancel, it is they that are rounded.
package struct DerivativeCheck: CustomStringConvertible {
  /// The greatest difference as a part of what is allowed: 5e-5 + 2.3e-5 of the loss, or of its terms.
  package private(set) var worst = 0.0
  package private(set) var description = "no parameters"

  /// Moves each element of each parameter of `module` by itself.
  ///
  /// - Parameter terms: the sum of the sizes of the terms of the loss; nil if they do not cancel.
  package init<M: Module>(_ module: M, terms: Double? = nil, _ loss: (M) -> Tensor) {
    let (value, gradients) = valueAndGradient(of: module, loss)
    let allowed = 5e-5 + 2.3e-5 * (terms ?? abs(Double(value.scalar)))
    for (parameter, entry) in gradients.entries.enumerated() {
      for element in 0..<entry.tensor.count {
        func central(_ step: Float) -> Double {
          let values = [step, -step].map { step in
            var moved = module
            var index = 0
            moved.visitParameters { _, tensor in
              if index == parameter { tensor.withUnsafeMutablePointer { $0[element] += step } }
              index += 1
            }
            return Double(loss(moved).scalar)
          }
          return (values[0] - values[1]) / (2 * Double(step))
        }
        let difference = (4 * central(1 / 128) - central(1 / 64)) / 3
        let part = abs(difference - Double(entry.tensor.scalars[element])) / allowed
        if !(part <= worst) {
          worst = part.isNaN ? .infinity : part
          description = "\(entry.name)[\(element)]: \(entry.tensor.scalars[element]), by differences \(difference)"
        }
      }
    }
  }
}
