import CKernels
import Tensors

/// A cell given by its equations alone: values and derivatives follow from them.
///
/// ```swift
/// /// The minimal gated unit (Zhou et al. 2016).
/// struct MinimalGatedUnit: ElementwiseCell {
///   let gates = 2
///   let apartGates = 1
///
///   func next<S: CellScalar>(_ unit: CellUnit<S>) -> CellStates<S> {
///     let f = unit.gate(0).sigmoid()
///     let n = (unit.gate(1) + f * unit.apart(0)).tanh()
///     return CellStates((1 - f) * unit.previous(0) + f * n)
///   }
/// }
/// ```
///
/// The equations are written for one unit and computed for a row of units at a time, each operation by a kernel. On the way back
/// they are computed once more and then differentiated in reverse (Griewank and Walther 2008, algorithm 3.3), so nothing
/// but pre-activations and states is kept. A cell that implements `forward` or `backward` for itself is compared with its
/// equations when a layer is made of it.
public protocol ElementwiseCell: Cell {
  /// The states after a step of one unit.
  ///
  /// It must be the same calculation for each unit and step: it cannot see numbers, and so cannot branch by them.
  func next<Scalar: CellScalar>(_ unit: CellUnit<Scalar>) -> CellStates<Scalar>
}

extension ElementwiseCell {
  public func forward(_ row: CellRow) { automaticForward(row) }
  public func backward(_ row: CellRow) { automaticBackward(row) }

  public var kernels: String { "\(Self.self)'s equations, a kernel for each operation on a row" }

  func automaticForward(_ row: CellRow) {
    CellTape.forEachPart(of: row) { tape, part in
      let next = tape.record(self, part)
      for state in 0..<states { tape.copy(next[state], to: part.next[state]) }
    }
  }

  func automaticBackward(_ row: CellRow) {
    CellTape.forEachPart(of: row) { tape, part in
      let next = tape.record(self, part)
      for state in 0..<states { tape.seed(next[state], part.gradient[state]) }
      tape.sweep()
      var leaf = 0
      func take(_ to: UnsafeMutablePointer<Float>) {
        tape.copyGradient(leaf, to: to)
        leaf += 1
      }
      for gate in 0..<gates { take(part.gate(gate)) }
      for gate in 0..<apartGates { take(part.apart(gate)) }
      for state in 0..<states { take(part.gradient[state]) }
      for vector in vectors.indices { take(part.vectorGradient(vector)) }
    }
  }

  /// A derivative, or a value, that is not that of the equations: compared on random numbers of 20 units. What is right
  /// differs by float32 rounding of some ten operations, below 1e-5; a wrong one by much more than the 1e-4 allowed.
  public var flaw: String? {
    let units = 20
    func row(_ body: (CellRow) -> Void) -> [Float] {
      let sizes = [gates, apartGates, states, states, states, vectors.count, vectors.count].map { $0 * units }
      var numbers = RandomKey(seed: 1).uniform([sizes.reduce(0, +)], in: -1..<1)
      numbers.withUnsafeMutablePointer { base in
        let starts = sizes.indices.map { base + sizes[..<$0].reduce(0, +) }
        func state(_ start: UnsafeMutablePointer<Float>) -> StateRow {
          StateRow(h: start, others: start + units, stride: units)
        }
        body(
          CellRow(
            units: units, vectorBase: UnsafePointer(starts[5]), vectorGradientBase: starts[6], gateBase: starts[0],
            apartBase: starts[1], stride: units, previous: state(starts[2]), next: state(starts[3]),
            gradient: state(starts[4])))
      }
      return numbers.scalars
    }
    // What forward leaves in the place of the gates is a cell's own affair.
    let ahead = (row(forward), row(automaticForward), gates * units)
    let back = (
      row {
        forward($0); backward($0)
      },
      row {
        automaticForward($0); automaticBackward($0)
      }, 0
    )
    for (name, (own, automatic, start)) in [("forward", ahead), ("backward", back)] {
      for (index, (a, b)) in zip(own, automatic).enumerated().dropFirst(start)
      where !(abs(a - b) <= 1e-4 * (1 + abs(b))) {
        return "\(Self.self).\(name) gives \(a) where its equations give \(b), in vector \(index / units) of: "
          + "\(gates) gates, \(apartGates) apart, \(states) previous states, \(states) next states, \(states) gradients of "
          + "states, \(vectors.count) vectors, \(vectors.count) gradients of vectors"
      }
    }
    return nil
  }
}
