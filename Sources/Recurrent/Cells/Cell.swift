import Tensors

/// The elementwise part of a recurrence: what happens at one time step once the matrix products are done.
///
/// A recurrent layer computes, for each gate of each unit, the pre-activation
///
///     a_t = x_t W_ih + b_ih + h_{t-1} W_hh + b_hh
///
/// and a cell says how the next state follows from these and the previous state, and how the gradient flows back. The
/// products, sequences, batches, threads, streaming and storage belong to the engine and are the same for every cell.
///
/// Where a cell needs the two sides of the sum by themselves, as the GRU does for its candidate, it counts those gates in
/// `apartGates`: the last gates, whose pre-activation holds the input side alone and whose recurrent side,
/// h_{t-1} W_hh + b_hh, is handed over in `apart`.
///
/// A call gets one row of the batch, all vectors of `units` elements. Calls for different rows run on several threads, so
/// a cell is a value without mutable state.
public protocol Cell: Sendable {
  /// The number of gates: W_ih is `[gates * hidden, input]`, W_hh `[gates * hidden, hidden]`.
  var gates: Int { get }

  /// How many of the gates, the last ones, get their recurrent side apart.
  var apartGates: Int { get }

  /// The number of state vectors, at least 1. State 0 is the output h, which enters the matrix products.
  var states: Int { get }

  /// False if the gates depend on the input alone: then there is no W_hh and no b_hh, and no step's products wait for the one
  /// before.
  var readsOutput: Bool { get }

  /// Learnt vectors of one element for each unit that the elementwise part has for itself, such as peepholes.
  var vectors: [CellVector] { get }

  /// What is wrong with the cell, such as a derivative that is not that of its equations; nil for nothing. It is asked when a
  /// layer is made.
  var flaw: String? { get }

  /// What computes it, for people who look for speed.
  var kernels: String { get }

  /// Computes `next` from `gates`, `apart` and `previous`. May overwrite `gates` with what `backward` needs.
  func forward(_ row: CellRow)

  /// Turns gradients of the next state into gradients of what it came from.
  ///
  /// On entry, `gradient[s]` is d loss / d next[s], and `gates`, `apart`, `previous` and `next` are as `forward` left
  /// them. On return, `gates` holds d loss / d pre-activation, `apart` d loss / d apart, `vectorGradient` the part of this
  /// row and step in d loss / d vector, and `gradient[s]` the direct part of d loss / d previous[s]: the engine adds what
  /// flows through the matrix products.
  func backward(_ row: CellRow)
}

extension Cell {
  public var apartGates: Int { 0 }
  public var states: Int { 1 }
  public var readsOutput: Bool { true }
  public var vectors: [CellVector] { [] }
  public var flaw: String? { nil }
  public var kernels: String { "\(Self.self).forward and .backward, in Swift" }
}

/// A learnt vector of a cell, `[hidden]`.
public struct CellVector: Sendable, Hashable {
  /// The parameter's name, to which the layer's suffix is added: `weight_ci` becomes `weight_ci_l0`.
  public var name: String
  /// What its elements start with.
  public var start: Float

  public init(_ name: String, start: Float = 0) {
    self.name = name
    self.start = start
  }
}

/// The vectors of one row of a batch at one time step; all have `units` elements.
public struct CellRow {
  public let units: Int
  // The vectors of the cell, and the gradients of each for this row and step; null where the cell has none.
  var vectorBase: UnsafePointer<Float>?
  var vectorGradientBase: UnsafeMutablePointer<Float>?
  let gateBase: UnsafeMutablePointer<Float>
  let apartBase: UnsafeMutablePointer<Float>
  /// The distance in floats between two gates, and between two vectors of `apart`.
  let stride: Int
  /// The state before the step; to read.
  public let previous: StateRow
  /// The state after the step; written by `forward`.
  public let next: StateRow
  /// The gradient of the state, in `backward` alone.
  public let gradient: StateRow

  /// The vector of a gate.
  public func gate(_ index: Int) -> UnsafeMutablePointer<Float> { gateBase + index * stride }

  /// The recurrent side of an apart gate, counted from the first of these.
  public func apart(_ index: Int) -> UnsafeMutablePointer<Float> { apartBase + index * stride }

  /// A learnt vector of the cell.
  public func vector(_ index: Int) -> UnsafePointer<Float> {
    guard let vectorBase else { preconditionFailure("a vector of a cell that names none in `vectors`") }
    return vectorBase + index * stride
  }

  /// The gradient of a learnt vector from this row and step alone, in `backward`; to write.
  public func vectorGradient(_ index: Int) -> UnsafeMutablePointer<Float> {
    guard let vectorGradientBase else { preconditionFailure("a vector of a cell that names none in `vectors`") }
    return vectorGradientBase + index * stride
  }

  /// The row's units from `first` on.
  func part(_ first: Int, _ count: Int) -> CellRow {
    CellRow(
      units: count, vectorBase: vectorBase.map { $0 + first },
      vectorGradientBase: vectorGradientBase.map { $0 + first },
      gateBase: gateBase + first, apartBase: apartBase + first, stride: stride,
      previous: previous.advanced(by: first), next: next.advanced(by: first), gradient: gradient.advanced(by: first))
  }
}

/// The state vectors of one row.
public struct StateRow {
  let h: UnsafeMutablePointer<Float>
  let others: UnsafeMutablePointer<Float>
  let stride: Int

  public subscript(state: Int) -> UnsafeMutablePointer<Float> {
    state == 0 ? h : others + (state - 1) * stride
  }

  func advanced(by units: Int) -> StateRow { StateRow(h: h + units, others: others + units, stride: stride) }
}
