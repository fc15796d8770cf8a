extension RecurrentStack {
  /// Names and shapes of the parameters of a stack, without making them.
  static func parameterShapes(
    _ cell: CellKind, input: Int, hidden: Int, layers: Int, bidirectional: Bool = false,
    options: LayerOptions = LayerOptions(), prefix: String
  ) -> [String: [Int]] {
    let width = cell.cell.gates * hidden
    let outputs = options.projection ?? hidden
    var shapes: [String: [Int]] = [:]
    for layer in 0..<layers {
      let features = layer == 0 ? input : outputs * (bidirectional ? 2 : 1)
      for direction in bidirectional ? ["", "_reverse"] : [""] {
        let suffix = "_l\(layer)\(direction)"
        shapes["\(prefix)weight_ih\(suffix)"] = [width, features]
        if cell.cell.readsOutput { shapes["\(prefix)weight_hh\(suffix)"] = [width, outputs] }
        shapes["\(prefix)bias_ih\(suffix)"] = [width]
        if cell.cell.readsOutput { shapes["\(prefix)bias_hh\(suffix)"] = [width] }
        if options.projection != nil { shapes["\(prefix)weight_hr\(suffix)"] = [outputs, hidden] }
        if options.layerNorm {
          shapes["\(prefix)gain_ih\(suffix)"] = [width]
          shapes["\(prefix)gain_hh\(suffix)"] = [width]
        }
        for vector in cell.cell.vectors { shapes["\(prefix)\(vector.name)\(suffix)"] = [hidden] }
      }
    }
    return shapes
  }
}
