import Recurrent
import TestSupport
import Tensors
import Testing

/// From any encoder's state to any decoder's.
@Suite struct BridgeTests {
  private func state(_ side: Bridge.Side, _ cell: CellKind, _ hidden: Int, _ count: Int) -> RecurrentState {
    RecurrentState(
      layers: (0..<count).map { layer in
        (0..<cell.cell.states).map {
          RandomKey(seed: UInt64(layer * 7 + $0 + 1)).uniform([2, hidden], in: -1..<1)
        }
      })
  }

  @Test func likeShapesHandTheStateOn() {
    let side = Bridge.Side(cell: .lstm, hidden: 3, layers: 2)
    var initialiser = ParameterInitialiser(seed: 1)
    let bridge = Bridge(from: side, to: side, initialiser: &initialiser)
    let before = state(side, .lstm, 3, 2)
    #expect(zip(bridge(before).layers.joined(), before.layers.joined()).allSatisfy { $0 == $1 })
    #expect(bridge.parameters.isEmpty)
  }

  /// tanh(W [forward; backward] + b), the c of an LSTM from the c where there is one.
  @Test(arguments: CellKind.allCases, CellKind.allCases)
  func unlikeShapesAreProjected(_ from: CellKind, _ to: CellKind) {
    let (encoder, decoder) = (
      Bridge.Side(cell: from, hidden: 3, layers: 1, bidirectional: true), Bridge.Side(cell: to, hidden: 5, layers: 2)
    )
    var initialiser = ParameterInitialiser(seed: 1)
    let bridge = Bridge(from: encoder, to: decoder, initialiser: &initialiser)
    let before = state(encoder, from, 3, 2)
    let after = bridge(before)
    #expect(after.layers.count == 2 && after.layers.allSatisfy { $0.count == to.cell.states })
    let parameters = Dictionary(uniqueKeysWithValues: bridge.parameters.map { ($0.name, $0.tensor) })
    let shapes = Bridge.parameterShapes(from: encoder, to: decoder, prefix: "")
    #expect(parameters.mapValues { $0.shape.array } == shapes)
    for layer in 0..<2 {
      for vector in 0..<to.cell.states {
        let own = vector < from.cell.states ? vector : 0
        let x = Tensor.concatenate([before.layers[0][own], before.layers[1][own]], axis: 1)
        let name = "l\(layer).state\(vector)"
        let wanted = x.linear(parameters[name + ".weight"]!, bias: parameters[name + ".bias"]!).tanh()
        #expect(after.layers[layer][vector] == wanted)
      }
    }
  }
}
