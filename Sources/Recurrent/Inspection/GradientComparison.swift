import Tensors

/// Gradient flow of several models side by side: how the gradient vanishes, and how gates mend that.
public struct GradientComparison: Sendable {
  public struct Entry: Sendable {
    public var name: String
    /// nil for a model that is taken as it is.
    public var initial: GradientFlow?
    /// After training.
    public var trained: GradientFlow

    public init(name: String, initial: GradientFlow?, trained: GradientFlow) {
      (self.name, self.initial, self.trained) = (name, initial, trained)
    }
  }

  public var entries: [Entry]

  public init(entries: [Entry]) { self.entries = entries }

  /// The cells that are compared where no models are named, and what they are called.
  public static let cells: [(kind: CellKind, name: String)] = [
    (.elmanSigmoid, "Elman, sigmoid"), (.elman, "Elman, tanh"), (.gru, "GRU"), (.lstm, "LSTM"),
  ]

  /// Makes a model of each cell, and measures it at its start and after a short training on the text it is measured on.
  ///
  /// - Parameters:
  ///   - tokens: of a text, below `vocabulary`.
  ///   - updates: of the training.
  ///   - progress: is told the part that is done, from 0 to 1.
  /// - Throws: `InspectionError.shortText`.
  public init(
    _ tokens: [Int32], vocabulary: Int, hidden: Int, layers: Int, steps: Int, positions: Int, updates: Int,
    seed: UInt64,
    progress: (Double) -> Void = { _ in }
  ) throws(InspectionError) {
    entries = []
    for (index, cell) in Self.cells.enumerated() {
      var model = LanguageModel(
        LanguageModelConfiguration(vocabulary: vocabulary, cell: cell.kind, hidden: hidden, layers: layers), seed: seed)
      let initial = try model.gradientFlow(tokens, steps: steps, positions: positions)
      model.learn(tokens, updates: updates) {
        progress((Double(index) + $0) / Double(Self.cells.count))
      }
      let trained = try model.gradientFlow(tokens, steps: steps, positions: positions)
      entries.append(Entry(name: cell.name, initial: initial, trained: trained))
    }
  }
}

extension LanguageModel {
  /// A training without validation, schedule or folder: Adam at a constant rate over windows of 50 tokens of 32 streams,
  /// over and over.
  mutating func learn(_ tokens: [Int32], updates: Int, progress: (Double) -> Void = { _ in }) {
    let batch = min(32, max(1, tokens.count / 100))
    let length = (tokens.count - 1) / batch
    let window = min(50, length)
    guard window > 0 else { return }
    var optimizer = Optimizer(.adam(), for: self)
    var (state, position) = (zeroState(batch: batch), 0)
    for update in 0..<updates {
      if position + window > length { (state, position) = (zeroState(batch: batch), 0) }
      let starts = (0..<batch).map { $0 * length + position }
      let (_, next, gradients) = valueAndGradient(of: self) { model in
        model.loss(
          starts.flatMap { tokens[$0..<$0 + window] }, targets: starts.flatMap { tokens[$0 + 1..<$0 + window + 1] },
          batch: batch, time: window, state: state)
      }
      optimizer.update(&self, gradients, rate: 0.002, clipping: .norm(1))
      state = next.detached
      position += window
      progress(Double(update + 1) / Double(updates))
    }
  }
}
