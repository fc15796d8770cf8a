import Recurrent
import TestSupport
import Testing

/// Layers, optimisers and the training of small language models against PyTorch.
@Suite struct GoldenLayerTests {
  private struct Parameters: Module {
    var list: [(name: String, tensor: Tensor)]

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      for index in list.indices { try visit(list[index].name, &list[index].tensor) }
    }

    subscript(name: String) -> Tensor { list.first { $0.name == name }?.tensor ?? Tensor(0) }
  }

  /// Sums of at most 23 products of size about 1: 23 * 2^-24 = 1.4e-6, twice over.
  @Test(arguments: [
    "linear", "embedding", "layernorm", "crossentropy", "weightedcrossentropy", "binarycrossentropy",
  ])
  func layersAgree(_ name: String) throws {
    let golden = try Golden("layers")
    let names = golden.names(under: "\(name)/grad/")
    let parameters = Parameters(list: try names.map { ($0, try golden.tensor("\(name)/\($0)")) })
    let weights = try golden.tensor("\(name)/wy")
    let ids = try name == "embedding" ? golden.integers("embedding/ids") : []
    let targets = try golden.has("\(name)/targets") ? golden.integers("\(name)/targets") : []
    let labels = try name == "binarycrossentropy" ? golden.tensor("\(name)/labels") : Tensor(0)
    let weighted = name.hasSuffix("crossentropy") && golden.has("\(name)/weight")
    let classWeights = try weighted ? golden.tensor("\(name)/weight").scalars : nil
    let (_, y, gradients) = valueAndGradient(of: parameters) { p in
      let y =
        switch name {
        case "linear": p["x"].linear(p["weight"], bias: p["bias"])
        case "embedding": p["weight"].gather(ids, shape: [3, 5])
        case "layernorm": p["x"].layerNorm(scale: p["weight"], shift: p["bias"])
        case "binarycrossentropy": p["x"].binaryCrossEntropy(labels, positiveWeights: classWeights)
        default: p["x"].softmaxCrossEntropy(targets, classWeights: classWeights)
        }
      return ((y * weights).sum(), y)
    }
    #expect(Difference(y, try golden.tensor("\(name)/y")).worst < 3e-6)
    for (key, gradient) in gradients.entries {
      let difference = Difference(gradient, try golden.tensor("\(name)/grad/\(key)"))
      #expect(difference.worst < 3e-6, "\(key): \(difference)")
    }
  }

  static let optimizers: [(String, OptimizerMethod, Float, Float)] = [
    ("sgd", .sgd(), 0.1, 0), ("momentum", .sgd(momentum: 0.9), 0.1, 0), ("sgd-decay", .sgd(), 0.1, 0.01),
    ("rmsprop", .rmsprop(), 0.01, 0), ("rmsprop-0.9", .rmsprop(decay: 0.9), 0.01, 0), ("adam", .adam(), 0.01, 0),
    ("adam-decay", .adam(), 0.01, 0.01),
    ("adamw", .adamw(), 0.01, 0.01),
  ]

  /// 20 steps; PyTorch computes 1 - beta in double precision, which moves a step of 0.01 (0.1 at first for rmsprop) by up
  /// to 1.3e-5 of itself, so 20 of them by less than 3e-5.
  @Test(arguments: optimizers)
  func optimizersAgree(_ name: String, _ method: OptimizerMethod, _ rate: Float, _ decay: Float) throws {
    let golden = try Golden("layers")
    var parameters = Parameters(list: [("w", try golden.tensor("optimizer/w0"))])
    var optimizer = Optimizer(method, weightDecay: decay, for: parameters)
    let g = try golden.tensor("optimizer/g")
    let path = try golden.tensor("optimizer/\(name)")
    for step in 0..<20 {
      let gradient = g.slice(step..<step + 1, axis: 0).reshaped([37])
      optimizer.update(&parameters, Gradients(entries: [("w", gradient)]), rate: rate)
      let expected = path.slice(step..<step + 1, axis: 0).reshaped([37])
      #expect(Difference(parameters["w"], expected).worst < 3e-5, "step \(step)")
    }
  }

  @Test(arguments: [(0.5, "clipped"), (100, "whole")]) func clippingByNormAgrees(_ limit: Float, _ result: String)
    throws
  {
    let golden = try Golden("layers")
    let names = ["a", "b"]
    var parameters = Parameters(list: try names.map { ($0, Tensor(shape: try golden.tensor("clip/\($0)").shape)) })
    let gradients = Gradients(entries: try names.map { ($0, try golden.tensor("clip/\($0)")) })
    var optimizer = Optimizer(.sgd(), for: parameters)
    optimizer.update(&parameters, gradients, rate: -1, clipping: .norm(limit))
    for name in names {
      #expect(Difference(parameters[name], try golden.tensor("clip/\(result)_\(name)")).worst < 1e-6)
    }
  }

  static let models: [(String, LanguageModelConfiguration, OptimizerMethod, Float)] = [
    ("lstm", .init(vocabulary: 11, embedding: 6, cell: .lstm, hidden: 9, layers: 2), .adam(epsilon: 1e-4), 0.01),
    ("gru", .init(vocabulary: 11, cell: .gru, hidden: 9), .sgd(), 1),
    ("tied", .init(vocabulary: 11, embedding: 9, cell: .elman, hidden: 9, tied: true), .adam(epsilon: 1e-4), 0.01),
    (
      "adaptive", .init(vocabulary: 11, embedding: 6, hidden: 9, softmax: .adaptive(cutoffs: [4])),
      .adam(epsilon: 1e-4), 0.01
    ),
  ]

  /// Three windows with carried state. Adam has an epsilon of 1e-4 here: with the usual 1e-8, a gradient that is all rounding
  /// moves a weight by the whole rate. So an error of 2e-7 in a gradient moves a weight by at most 0.01 * 2e-7 / 1e-4 =
  /// 2e-5 a step.
  @Test(arguments: models)
  func trainingAgrees(
    _ name: String, _ configuration: LanguageModelConfiguration, _ method: OptimizerMethod, _ rate: Float
  ) throws {
    let golden = try Golden("layers")
    var model = LanguageModel(configuration, seed: 1)
    try model.visitParameters { $1 = try golden.tensor("lm.\(name)/before/\($0)") }
    let ids = try golden.integers("lm.\(name)/ids")
    let losses = try golden.tensor("lm.\(name)/losses").scalars
    var optimizer = Optimizer(method, for: model)
    var state = model.zeroState(batch: 4)
    for window in 0..<3 {
      let rows = (0..<4).map { Array(ids[$0 * 25 + window * 8..<$0 * 25 + window * 8 + 9]) }
      let carried = state
      let (loss, next, gradients) = valueAndGradient(of: model) { model in
        model.loss(
          rows.flatMap { $0.dropLast() }, targets: rows.flatMap { $0.dropFirst() }, batch: 4, time: 8, state: carried)
      }
      #expect(abs(loss.scalar - losses[window]) < 1e-4, "window \(window)")
      optimizer.update(&model, gradients, rate: rate, clipping: .norm(0.5))
      state = next.detached
    }
    for (key, tensor) in model.parameters {
      let difference = Difference(tensor, try golden.tensor("lm.\(name)/after/\(key)"))
      #expect(difference.worst < 1e-4, "\(key): \(difference)")
    }
  }
}
