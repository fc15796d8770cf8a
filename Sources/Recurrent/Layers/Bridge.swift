import Tensors

/// From the state in which an encoder ends to the state in which a decoder begins.
///
/// Where both have the same shape and the encoder reads in one direction, the state is handed on as it is. Otherwise each
/// vector of each decoder layer is tanh(W x + b) of the final states of the encoder layer beside it, both directions one
/// after another: of the same state vector where the encoder's cell has it (the c of an LSTM), and of h where it has not.
/// A decoder with more layers than the encoder gets the others from the top one.
public struct Bridge: Module {
  /// What an encoder or a decoder is, as far as its state goes.
  package struct Side: Sendable, Hashable {
    var cell: CellKind
    var hidden: Int
    var layers: Int
    var bidirectional: Bool

    package init(cell: CellKind, hidden: Int, layers: Int, bidirectional: Bool = false) {
      (self.cell, self.hidden, self.layers, self.bidirectional) = (cell, hidden, layers, bidirectional)
    }
  }

  private let from: Side
  private let to: Side
  /// For each decoder layer, one for each state vector; empty where states are handed on.
  var projections: [[Linear]]

  package init(from: Side, to: Side, initialiser: inout ParameterInitialiser) {
    self.from = from
    self.to = to
    projections = []
    guard from != to else { return }
    for _ in 0..<to.layers {
      projections.append(
        (0..<to.cell.cell.states).map { _ in
          Linear(inputs: from.hidden * from.directions, outputs: to.hidden, initialiser: &initialiser)
        })
    }
  }

  /// Names and shapes of the parameters, without making them.
  package static func parameterShapes(from: Side, to: Side, prefix: String) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    guard from != to else { return shapes }
    for layer in 0..<to.layers {
      for vector in 0..<to.cell.cell.states {
        shapes["\(prefix)l\(layer).state\(vector).weight"] = [to.hidden, from.hidden * from.directions]
        shapes["\(prefix)l\(layer).state\(vector).bias"] = [to.hidden]
      }
    }
    return shapes
  }

  package func callAsFunction(_ state: RecurrentState) -> RecurrentState {
    if projections.isEmpty { return state }
    return RecurrentState(
      layers: projections.enumerated().map { layer, vectors in
        let first = min(layer, from.layers - 1) * from.directions
        let ends = state.layers[first..<first + from.directions]
        return vectors.enumerated().map { vector, projection in
          let parts = ends.map { $0[vector < $0.count ? vector : 0] }
          return projection(parts.count == 1 ? parts[0] : .concatenate(parts, axis: -1)).tanh()
        }
      })
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    for layer in projections.indices {
      for vector in projections[layer].indices {
        try projections[layer][vector].visitParameters(under: "l\(layer).state\(vector)", visit)
      }
    }
  }
}

extension Bridge.Side {
  var directions: Int { bidirectional ? 2 : 1 }
}
