/// A number type in which a cell's equations can be written, once: the engine computes values with one, and derivatives with the
/// same.
///
/// There are the four operations, numbers written in the code, and the functions below.
public protocol CellScalar: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A constant.
  init(_ constant: Float)

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self

  func exp() -> Self
  func log() -> Self
  func tanh() -> Self
  /// 1 / (1 + exp(-x))
  func sigmoid() -> Self
  /// max(x, 0)
  func relu() -> Self
}

extension CellScalar {
  public static prefix func - (x: Self) -> Self { -1 * x }
}

/// What a unit's equations read.
public struct CellUnit<Scalar: CellScalar> {
  let values: UnsafePointer<Scalar>
  let gates: Int
  let apart: Int
  let states: Int

  /// - Parameter values: gates, apart gates, previous states and vectors, one after another.
  package init(_ values: UnsafePointer<Scalar>, of cell: some Cell) {
    self.values = values
    (gates, apart, states) = (cell.gates, cell.apartGates, cell.states)
  }

  /// The pre-activation of a gate.
  public func gate(_ index: Int) -> Scalar { values[index] }
  /// The recurrent side of an apart gate, counted from the first of these.
  public func apart(_ index: Int) -> Scalar { values[gates + index] }
  /// A state before the step.
  public func previous(_ index: Int) -> Scalar { values[gates + apart + index] }
  /// A learnt vector of the cell.
  public func vector(_ index: Int) -> Scalar { values[gates + apart + states + index] }
}

/// The states of a unit after a step, the output h first.
public struct CellStates<Scalar: CellScalar> {
  private let h: Scalar
  private let second: Scalar?
  private let third: Scalar?
  private let fourth: Scalar?

  public init(_ h: Scalar, _ second: Scalar? = nil, _ third: Scalar? = nil, _ fourth: Scalar? = nil) {
    (self.h, self.second, self.third, self.fourth) = (h, second, third, fourth)
  }

  package subscript(state: Int) -> Scalar {
    let value =
      switch state {
      case 0: Optional(h)
      case 1: second
      case 2: third
      default: fourth
      }
    guard let value else {
      preconditionFailure("the equations of a cell give no state \(state), which it counts in `states`")
    }
    return value
  }
}
