import Recurrent
import Tensors
import Testing

/// A sequence alone, padded, in a batch of any size and at any row: the same bits, forward and back to the input, through
/// the recurrent stack and a linear layer over it.
@Suite struct BatchIndependenceTests {
  enum Input: CaseIterable {
    case vectors, tokens, embeddedTokens
  }

  struct Model: Module {
    var stack: RecurrentStack
    var linear: Linear
    /// `[batch, time, features]`, an input that a gradient flows to.
    var x: Tensor

    init(_ kind: CellKind, bidirectional: Bool) {
      var initialiser = ParameterInitialiser(seed: 8)
      stack = RecurrentStack(
        kind.cell, input: BatchIndependenceTests.features, hidden: 37, layers: 2, bidirectional: bidirectional,
        initialiser: &initialiser)
      linear = Linear(inputs: stack.outputSize, outputs: 19, initialiser: &initialiser)
      x = Tensor(0)
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try stack.visitParameters(under: "stack", visit)
      try linear.visitParameters(under: "linear", visit)
      try visit("x", &x)
    }
  }

  /// What a row of a batch holds: which sequence, and as many steps of it.
  struct Row {
    let sequence: Int
    let length: Int
  }

  static let features = 13
  static let vectors = RandomKey(seed: 9).uniform([11 * 9, features], in: -1..<1)
  static let embedding = RandomKey(seed: 10).uniform([features, features], in: -1..<1)

  static func id(_ row: Row, _ t: Int) -> Int32 { Int32((row.sequence * 7 + t * 5 + t * t) % features) }

  /// Linear output, final states and d loss / d x of a batch padded to `time` steps.
  static func run(_ model: Model, _ rows: [Row], time: Int, _ input: Input) -> [Tensor] {
    var model = model
    let places = rows.flatMap { row in (0..<time).map { Int32($0 < row.length ? row.sequence * 9 + $0 : 98 - $0) } }
    model.x = vectors.gather(places, shape: [rows.count, time])
    let ids = rows.flatMap { row in (0..<time).map { id(row, $0) } }
    let (_, results, gradients) = valueAndGradient(of: model) { model in
      let sequence: SequenceInput =
        switch input {
        case .vectors: .vectors(model.x)
        case .tokens: .tokens(ids, batch: rows.count, time: time, embedding: nil)
        case .embeddedTokens: .tokens(ids, batch: rows.count, time: time, embedding: embedding)
        }
      let (output, state) = model.stack(
        sequence, state: model.stack.zeroState(batch: rows.count), lengths: rows.map { Int32($0.length) })
      let y = model.linear(output)
      return ((y * y).sum(), [y.detached] + state.detached.layers.joined())
    }
    return results + (gradients["x"].map { [$0] } ?? [])
  }

  /// Batches below and above the 32 rows from which threads share rows instead of units, and positions on both sides of
  /// twice the vocabulary, from where tokens look products up.
  @Test(arguments: CellKind.allCases, [false, true])
  func companyDoesNotMatter(_ kind: CellKind, _ bidirectional: Bool) {
    let model = Model(kind, bidirectional: bidirectional)
    let lengths = [9, 1, 4, 7, 2, 9, 3, 5, 8, 6, 1]
    let sequences = lengths.enumerated().map { Row(sequence: $0.offset, length: $0.element) }
    for input in Input.allCases {
      let alone = sequences.map { Self.run(model, [$0], time: $0.length, input) }
      for (batch, time) in [(2, 9), (7, 12), (33, 9), (40, 10)] {
        let rows = (0..<batch).map { sequences[($0 * 3 + batch) % sequences.count] }
        let together = Self.run(model, rows, time: time, input)
        for (index, row) in rows.enumerated() {
          for (own, all) in zip(alone[row.sequence], together) {
            let part = all.slice(index..<index + 1, axis: 0)
            #expect(own == (part.shape.rank == 3 ? part.slice(0..<row.length, axis: 1) : part))
          }
        }
      }
    }
  }
}
