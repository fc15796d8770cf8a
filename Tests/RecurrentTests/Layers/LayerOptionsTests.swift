import Recurrent
import Tensors
import TestSupport
import Testing

/// What layers do beside their cells: against PyTorch, finite differences, and the same out of plain operations.
@Suite struct LayerOptionsTests {
  static let cases: [String] = (try? Golden("layer_options").cases) ?? []

  @Test func coversEverything() { #expect(Self.cases.count == 10) }

  /// The tolerance is that of the cells (`GoldenCellTests`); normalisation divides by a deviation of about 1.
  @Test(arguments: cases) func agreesWithPyTorch(_ name: String) throws {
    let golden = try Golden("layer_options")
    func tensor(_ key: String) throws -> Tensor { try golden.tensor("\(name)/\(key)") }
    let parts = name.split(separator: ".").map(String.init)
    let kind = try #require(CellKind(rawValue: parts[1]))
    let layers = try #require(Int(parts[2]))
    let options =
      switch parts[0] {
      case "projection": LayerOptions(projection: try tensor("weight_hr_l0").shape[0])
      case "norm": LayerOptions(layerNorm: true)
      default: LayerOptions(zoneout: 0.3, cellZoneout: 0.2)
      }
    let x = try tensor("x")
    let batch = x.shape[0]
    let hidden = try tensor("bias_ih_l0").count / kind.cell.gates
    let lengths = golden.has("\(name)/lengths") ? try golden.integers("\(name)/lengths") : nil
    var initialiser = ParameterInitialiser(seed: 0)
    var stack = RecurrentStack(
      kind.cell, input: x.shape[2], hidden: hidden, layers: layers, options: options, initialiser: &initialiser)
    try stack.visitParameters { $1 = try tensor($0) }
    let keys = kind == .lstm ? ["h", "c"] : ["h"]
    let weights = try (["y"] + keys).map { try tensor("w\($0)") }
    let problem = Problem(stack: stack, x: x, initial: try keys.map { try tensor("\($0)0") })
    let (_, results, gradients) = valueAndGradient(of: problem) { problem in
      let state = RecurrentState(
        layers: (0..<layers).map { layer in
          problem.initial.map { $0.slice(layer..<layer + 1, axis: 0).reshaped([batch, $0.shape[2]]) }
        })
      let (y, final) = problem.stack(.vectors(problem.x), state: state, lengths: lengths)
      let finals = keys.indices.map { vector in
        Tensor.concatenate(final.layers.map { $0[vector].reshaped([1, batch, $0[vector].shape[1]]) }, axis: 0)
      }
      return (zip([y] + finals, weights).map { ($0 * $1).sum() }.reduce(Tensor(0), +), [y] + finals)
    }
    for (key, result) in zip(["y"] + keys.map { "\($0)n" }, results) { expect(key, result, try tensor(key)) }
    for (key, gradient) in gradients.entries { expect("grad/\(key)", gradient, try tensor("grad/\(key)")) }
    #expect(golden.names(under: "\(name)/grad/").count == gradients.entries.count)
  }

  private func expect(_ key: String, _ ours: Tensor, _ theirs: Tensor) {
    let difference = Difference(ours, theirs)
    #expect(difference.worst <= GoldenCellTests.tolerance, "\(key): \(difference)")
  }

  private struct Problem: Module {
    var stack: RecurrentStack
    var x: Tensor
    var initial: [Tensor]

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try stack.visitParameters(visit)
      try visit("x", &x)
      try visit("h0", &initial[0])
      if initial.count > 1 { try visit("c0", &initial[1]) }
    }
  }

  static let options: [LayerOptions] = [
    LayerOptions(zoneout: 0.4, cellZoneout: 0.3), LayerOptions(weightDrop: 0.5), LayerOptions(projection: 2),
    LayerOptions(layerNorm: true), LayerOptions(zoneout: 0.2, weightDrop: 0.3, layerNorm: true),
    LayerOptions(weightDrop: 0.3, projection: 3, layerNorm: true),
  ]

  private func stack(
    _ options: LayerOptions, cell: any Cell = LSTM(), hidden: Int = 4, layers: Int = 2,
    _ method: Initialisation = .pytorch
  ) -> RecurrentStack {
    var initialiser = ParameterInitialiser(method, seed: 4)
    return RecurrentStack(cell, input: 3, hidden: hidden, layers: layers, options: options, initialiser: &initialiser)
  }

  /// With the masks of a step fixed, training is a function like any other. Differences reach as far as 2^-6 from where they are
  /// taken, and a normalised side is smooth over that distance only if its deviation is much greater: from the state of
  /// zeros, h W_hh begins with none, and what differences are off by falls to a sixteenth with each half of the step. So
  /// states begin anywhere, and normalised weights are wide.
  @Test(arguments: options) func gradientsAgreeWithDifferences(_ options: LayerOptions) {
    let x = RandomKey(seed: 9).uniform([2, 4, 3], in: -1..<1)
    for cell in options.projection == nil ? [LSTM(), GRU()] as [any Cell] : [LSTM()] {
      let model = stack(options, cell: cell, options.layerNorm ? .uniform(2) : .pytorch)
      let state = RecurrentState(
        layers: model.zeroState(batch: 2).layers.enumerated().map { layer, vectors in
          vectors.enumerated().map { vector, zeros in
            RandomKey(seed: 11, stream: UInt32(2 * layer + vector)).uniform(zeros.shape, in: -1..<1)
          }
        })
      let weights = RandomKey(seed: 10).uniform([2, 4, model.outputSize], in: -1..<1)
      func terms(_ model: RecurrentStack) -> [Tensor] {
        let run = model(.vectors(x), state: state, lengths: [4, 3], dropoutKey: RandomKey(seed: 3, step: 5))
        return [run.output * weights] + run.state.layers[1]
      }
      let sizes = terms(model).flatMap(\.scalars).reduce(0) { $0 + Double(abs($1)) }
      let check = DerivativeCheck(model, terms: sizes) { terms($0).map { $0.sum() }.reduce(Tensor(0), +) }
      #expect(check.worst <= 1, "\(check)")
    }
  }

  /// Weight drop is a product with a mask, to the bit.
  @Test func droppedWeightsAreMaskedWeights() {
    let dropping = stack(LayerOptions(weightDrop: 0.5), layers: 1)
    let x = RandomKey(seed: 9).uniform([2, 4, 3], in: -1..<1)
    let state = dropping.zeroState(batch: 2)
    func output(_ stack: RecurrentStack, _ step: UInt32?) -> Tensor {
      stack(.vectors(x), state: state, dropoutKey: step.map { RandomKey(seed: 3, step: $0) }).output
    }
    var masked = stack(LayerOptions(), layers: 1)
    #expect(output(dropping, nil) == output(masked, nil) && output(dropping, 1) != output(dropping, 2))
    masked.visitParameters { name, tensor in
      if name == "weight_hh_l0" {
        tensor = tensor * RandomKey(seed: 3, stream: 1 << 14, step: 1).mask(tensor.shape, keep: 0.5)
      }
    }
    #expect(output(dropping, 1) == output(masked, nil))
  }

  /// In training, each element of a state is what it was, or what the cell makes of it; the mean over many masks is what
  /// evaluation gives. The mean of 4,000 draws of a value below 1 in size is within 5 deviations of 0.5 / sqrt(4,000).
  @Test func zoneoutKeepsOrUpdates() {
    let options = LayerOptions(zoneout: 0.4, cellZoneout: 0.25)
    let zoned = stack(options, layers: 1)
    let plain = stack(LayerOptions(), layers: 1)
    let x = RandomKey(seed: 9).uniform([1, 1, 3], in: -1..<1)
    let state = RecurrentState(layers: [
      [RandomKey(seed: 1).uniform([1, 4], in: -1..<1), RandomKey(seed: 2).uniform([1, 4], in: -1..<1)]
    ])
    let new = plain(.vectors(x), state: state).state.layers[0]
    let expectation = zoned(.vectors(x), state: state).state.layers[0]
    for vector in 0..<2 {
      var (kept, sums) = (0, [Double](repeating: 0, count: 4))
      for step in 0..<4000 {
        let drawn = zoned(.vectors(x), state: state, dropoutKey: RandomKey(seed: 3, step: UInt32(step))).state.layers[0]
        for unit in 0..<4 {
          let value = drawn[vector].scalars[unit]
          let keeps = value == state.layers[0][vector].scalars[unit]
          #expect(keeps || value == new[vector].scalars[unit])
          kept += keeps ? 1 : 0
          sums[unit] += Double(value)
        }
      }
      #expect(abs(Double(kept) / 16_000 - [0.4, 0.25][vector]) < 5 * 0.5 / 16_000.0.squareRoot())
      for unit in 0..<4 {
        #expect(abs(sums[unit] / 4000 - Double(expectation[vector].scalars[unit])) < 5 * 0.5 / 4000.0.squareRoot())
      }
    }
  }

  /// Threads, company in the batch and streaming change no bit: few rows and many, of which threads take shares.
  @Test(arguments: options) func sequencesAreIndependent(_ options: LayerOptions) {
    for cell in options.projection == nil ? [LSTM(), GRU()] as [any Cell] : [LSTM()] {
      let model = stack(options, cell: cell, hidden: 70)
      let x = RandomKey(seed: 9).uniform([40, 6, 3], in: -1..<1)
      let whole = model(.vectors(x), state: model.zeroState(batch: 40)).output
      for count in [1, 5] {
        let some = model(.vectors(x.slice(0..<count, axis: 0)), state: model.zeroState(batch: count)).output
        #expect(some == whole.slice(0..<count, axis: 0), "\(count) rows")
      }
      let stream = StackStream(model, vectors: true)
      for step in 0..<6 {
        x.withUnsafePointer { stream.step($0 + step * 3) }
        let expected = whole.scalars[step * model.outputSize..<(step + 1) * model.outputSize]
        #expect(zip(0..<model.outputSize, expected).allSatisfy { stream.output[$0] == $1 }, "step \(step)")
      }
    }
  }

  @Test(arguments: [
    (LayerOptions(zoneout: 1), "zoneout 1.0"), (LayerOptions(weightDrop: -0.1), "weight drop"),
    (LayerOptions(projection: 8), "from 8 units to 8"), (LayerOptions(zoneout: 0.1, projection: 2), "with zoneout"),
  ])
  func flaws(_ options: LayerOptions, _ message: String) {
    #expect(options.flaw(LSTM(), hidden: 8)?.contains(message) == true)
    #expect(LayerOptions(projection: 2).flaw(GRU(), hidden: 8)?.contains("no LSTM") == true)
    #expect(LayerOptions(zoneout: 0.1, weightDrop: 0.5, layerNorm: true).flaw(GRU(), hidden: 8) == nil)
  }
}
