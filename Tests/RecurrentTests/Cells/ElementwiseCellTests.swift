import Foundation
import Recurrent
import TestSupport
import Testing

/// Plain double precision, in which the same equations are a reference.
struct PlainScalar: CellScalar {
  var value: Double

  init(_ value: Double) { self.value = value }
  init(_ constant: Float) { value = Double(constant) }
  init(floatLiteral: Double) { value = floatLiteral }
  init(integerLiteral: Int) { value = Double(integerLiteral) }

  static func + (a: PlainScalar, b: PlainScalar) -> PlainScalar { PlainScalar(a.value + b.value) }
  static func - (a: PlainScalar, b: PlainScalar) -> PlainScalar { PlainScalar(a.value - b.value) }
  static func * (a: PlainScalar, b: PlainScalar) -> PlainScalar { PlainScalar(a.value * b.value) }
  static func / (a: PlainScalar, b: PlainScalar) -> PlainScalar { PlainScalar(a.value / b.value) }

  func exp() -> PlainScalar { PlainScalar(Foundation.exp(value)) }
  func log() -> PlainScalar { PlainScalar(Foundation.log(value)) }
  func tanh() -> PlainScalar { PlainScalar(Foundation.tanh(value)) }
  func sigmoid() -> PlainScalar { PlainScalar(1 / (1 + Foundation.exp(-value))) }
  func relu() -> PlainScalar { PlainScalar(max(value, 0)) }
}

/// LSTM with peepholes, all derivatives automatic.
struct Peepholes: ElementwiseCell {
  let gates = 4
  let states = 2
  let vectors = [CellVector("weight_ci", start: 0.3), CellVector("weight_cf", start: -0.2), CellVector("weight_co")]

  func next<S: CellScalar>(_ unit: CellUnit<S>) -> CellStates<S> {
    let c = unit.previous(1)
    let input = (unit.gate(0) + unit.vector(0) * c).sigmoid()
    let forget = (unit.gate(1) + unit.vector(1) * c).sigmoid()
    let new = forget * c + input * unit.gate(2).tanh()
    return CellStates((unit.gate(3) + unit.vector(2) * new).sigmoid() * new.tanh(), new)
  }
}

/// Every operation, with constants on either side, values used twice and not at all, and states that are handed on.
private struct Everything: ElementwiseCell {
  let gates = 3
  let apartGates = 1
  let states = 4
  let vectors = [CellVector("v", start: 0.7)]

  func next<S: CellScalar>(_ unit: CellUnit<S>) -> CellStates<S> {
    let (a, b, h) = (unit.gate(0), unit.gate(1), unit.previous(0))
    let positive = (a - 0.5).exp() + 1.5
    let share = 2 / positive + b / 4 - (1 - h)
    let root = (0.5 * positive.log()).exp()
    let mixed = share * share / root + (S(0.25) * 2 - 1).tanh() * unit.apart(0)
    let kinked = (a + 3).relu() - (b - 3).relu()
    return CellStates(
      mixed.tanh() * unit.vector(0), -kinked * 0.1 + unit.previous(1) * unit.vector(0), unit.previous(3),
      unit.previous(2) * (S(1) / 3))
  }
}

/// A derivative with a mistake: dn lacks the slope of tanh.
private struct Mistaken: ElementwiseCell {
  let gates = 1

  func next<S: CellScalar>(_ unit: CellUnit<S>) -> CellStates<S> { CellStates(unit.gate(0).tanh()) }

  func backward(_ row: CellRow) {
    for i in 0..<row.units { (row.gate(0)[i], row.gradient[0][i]) = (row.gradient[0][i], 0) }
  }
}

@Suite struct ElementwiseCellTests {
  static let cells: [any ElementwiseCell] = [Peepholes(), Everything()]

  /// One step of a layer in double precision, by its definition.
  private func step<C: ElementwiseCell>(
    _ cell: C, _ parameters: [[Double]], x: [Double], _ states: inout [[Double]], hidden: Int
  ) {
    let before = states
    func dot(_ weights: [Double], _ row: Int, _ v: [Double]) -> Double {
      v.indices.reduce(0) { $0 + weights[row * v.count + $1] * v[$1] }
    }
    for unit in 0..<hidden {
      var values: [PlainScalar] = []
      var apart: [PlainScalar] = []
      for gate in 0..<cell.gates {
        let row = gate * hidden + unit
        let input = dot(parameters[0], row, x) + parameters[2][row]
        let recurrent = dot(parameters[1], row, before[0]) + parameters[3][row]
        let isApart = gate >= cell.gates - cell.apartGates
        values.append(PlainScalar(isApart ? input : input + recurrent))
        if isApart { apart.append(PlainScalar(recurrent)) }
      }
      values += apart + before.map { PlainScalar($0[unit]) } + parameters[4...].map { PlainScalar($0[unit]) }
      values.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        let next = cell.next(CellUnit(base, of: cell))
        for state in 0..<cell.states { states[state][unit] = next[state].value }
      }
    }
  }

  /// Values and gradients of a layer against the same equations in double precision and their central differences, over lengths
  /// that differ. Differences with steps of 1e-5 are good to 1e-9; sums of some 60 float32 terms below 1, through 4 steps:
  /// 60 * 4 * 2^-24 = 1.4e-5, and as much again for operations that amplify.
  @Test(arguments: cells.indices) func agreesWithItsEquationsInDouble(_ index: Int) {
    agrees(Self.cells[index])
  }

  private func agrees(_ cell: some ElementwiseCell) {
    let (batch, time, input, hidden) = (2, 4, 3, 5)
    let lengths: [Int32] = [4, 3]
    var initialiser = ParameterInitialiser(seed: 12)
    let layer = RecurrentLayer(cell, input: input, hidden: hidden, initialiser: &initialiser)
    let x = RandomKey(seed: 1).uniform([batch, time, input], in: -1..<1)
    let weights = RandomKey(seed: 2).uniform([batch, time, hidden], in: -1..<1)
    let initial = (0..<cell.states).map {
      RandomKey(seed: 3, stream: UInt32($0)).uniform([batch, hidden], in: -1..<1)
    }
    let finals = (0..<cell.states).map {
      RandomKey(seed: 4, stream: UInt32($0)).uniform([batch, hidden], in: -1..<1)
    }
    let (value, gradients) = valueAndGradient(of: layer) { layer in
      let (output, final) = layer(.vectors(x), initial: initial, lengths: lengths)
      return zip([output] + final, [weights] + finals).map { ($0 * $1).sum() }.reduce(Tensor(0), +)
    }
    func loss(_ parameters: [[Double]]) -> Double {
      var total = 0.0
      for row in 0..<batch {
        var states = initial.map { state in (0..<hidden).map { Double(state.scalars[row * hidden + $0]) } }
        for t in 0..<Int(lengths[row]) {
          let start = (row * time + t) * input
          step(cell, parameters, x: x.scalars[start..<start + input].map(Double.init), &states, hidden: hidden)
          for unit in 0..<hidden {
            total += states[0][unit] * Double(weights.scalars[(row * time + t) * hidden + unit])
          }
        }
        for (state, weights) in zip(states, finals) {
          for unit in 0..<hidden { total += state[unit] * Double(weights.scalars[row * hidden + unit]) }
        }
      }
      return total
    }
    let parameters = layer.parameters.map { $0.tensor.scalars.map(Double.init) }
    #expect(abs(loss(parameters) - Double(value.scalar)) < 3e-5)
    #expect(gradients.entries.suffix(cell.vectors.count).map(\.name) == cell.vectors.map(\.name))
    for (index, entry) in gradients.entries.enumerated() {
      for element in 0..<entry.tensor.count {
        var moved = parameters
        moved[index][element] += 1e-5
        let above = loss(moved)
        moved[index][element] -= 2e-5
        let difference = (above - loss(moved)) / 2e-5
        #expect(
          abs(difference - Double(entry.tensor.scalars[element])) < 3e-5 * (1 + abs(difference)),
          "\(entry.name)[\(element)]")
      }
    }
  }

  @Test func mistakesAreFound() {
    #expect(Self.cells.allSatisfy { $0.flaw == nil })
    #expect(Mistaken().flaw?.contains("Mistaken.backward") == true)
  }

  /// Rows longer than a part of the tape, and a stream, give the same bits as short ones and as a whole sequence.
  @Test func partsAndStreamsGiveTheSameBits() {
    var initialiser = ParameterInitialiser(seed: 3)
    let stack = RecurrentStack(Peepholes(), input: 4, hidden: 300, layers: 2, initialiser: &initialiser)
    let tokens: [Int32] = [0, 3, 1, 2, 2]
    let whole = stack(.tokens(tokens, batch: 1, time: 5, embedding: nil), state: stack.zeroState(batch: 1))
    let stream = StackStream(stack)
    for (step, token) in tokens.enumerated() {
      stream.step(token)
      #expect((0..<300).allSatisfy { stream.output[$0] == whole.output.scalars[step * 300 + $0] })
    }
    for (a, b) in zip(stream.state.layers.joined(), whole.state.layers.joined()) { #expect(a == b) }
  }
}
