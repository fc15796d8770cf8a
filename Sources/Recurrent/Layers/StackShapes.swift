extension RecurrentStack {
  /// Names and shapes of the parameters of a stack, without making them.
  static func parameterShapes(
    _ cell: CellKind, input: Int, hidden: Int, layers: Int, bidirectional: Bool = false, prefix: String
  ) -> [String: [Int]] {
    let width = cell.cell.gates * hidden
    var shapes: [String: [Int]] = [:]
    for layer in 0..<layers {
      let features = layer == 0 ? input : hidden * (bidirectional ? 2 : 1)
      for direction in bidirectional ? ["", "_reverse"] : [""] {
        let suffix = "_l\(layer)\(direction)"
        shapes["\(prefix)weight_ih\(suffix)"] = [width, features]
        shapes["\(prefix)weight_hh\(suffix)"] = [width, hidden]
        shapes["\(prefix)bias_ih\(suffix)"] = [width]
        shapes["\(prefix)bias_hh\(suffix)"] = [width]
        for vector in cell.cell.vectors { shapes["\(prefix)\(vector.name)\(suffix)"] = [hidden] }
      }
    }
    return shapes
  }
}
