/// A part of a model: a value with parameters.
///
/// A module names its parameters in one place, which serves optimisers, saving, loading and counting:
///
/// ```swift
/// struct TwoLayers: Module {
///   var first: Linear
///   var second: Linear
///
///   mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
///     try first.visitParameters(under: "first", visit)
///     try second.visitParameters(under: "second", visit)
///   }
/// }
/// ```
public protocol Module: Sendable {
  /// Calls `visit` with the name and the value of each parameter, always in the same order.
  mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows
}

extension Module {
  /// The same with `prefix.` before each name.
  public mutating func visitParameters(
    under prefix: String, _ visit: (String, inout Tensor) throws -> Void
  ) rethrows {
    // Not by interpolation, which takes several times as long: small models visit often.
    let prefix = prefix + "."
    try visitParameters { try visit(prefix + $0, &$1) }
  }

  /// The parameters by name, in the order of visits.
  public var parameters: [(name: String, tensor: Tensor)] {
    var copy = self
    var list: [(name: String, tensor: Tensor)] = []
    copy.visitParameters { list.append(($0, $1)) }
    return list
  }

  /// The number of trainable numbers.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }
}
