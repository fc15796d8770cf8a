import CKernels
import Tensors

/// How a model adapts to what it reads.
public struct DynamicEvaluationOptions: Sendable, Hashable {
  /// Tokens between two updates: gradients flow back this far.
  public var segment: Int
  /// eta, the rate.
  public var rate: Float
  /// lambda, how strongly parameters are drawn back to where they were at the start.
  public var decay: Float

  public init(segment: Int = 20, rate: Float = 5e-5, decay: Float = 1e-4) {
    self.segment = segment
    self.rate = rate
    self.decay = decay
  }

  /// What is wrong with it; nil if nothing is.
  public var flaw: String? {
    if !(1...1 << 20).contains(segment) { return "segments of \(segment) tokens" }
    if !(rate > 0 && rate.isFinite) { return "an adaptation rate of \(rate), which is not above 0" }
    if !(decay >= 0 && decay <= 1) { return "an adaptation decay of \(decay), which is not from 0 to 1" }
    return nil
  }
}

/// Dynamic evaluation (Krause et al., "Dynamic evaluation of neural sequence models", 2018): after each segment of a text that
/// a model has foretold, the model learns from it. With the root mean squares RMS of the gradients of the training text and
/// the parameters w_0 that the model began with,
///
///     w <- w - eta g / (RMS + epsilon) + lambda (w_0 - w) min(1 / lambda, RMS / mean(RMS))
///
/// so that parameters that the training text told much of move less, and return faster. Without the training text RMS is 1
/// everywhere: stochastic gradient descent with a decay towards w_0.
public struct DynamicEvaluation: Sendable {
  /// As it is by now.
  public private(set) var model: LanguageModel
  public let options: DynamicEvaluationOptions
  /// For each parameter: w_0, eta / (RMS + epsilon), and the factor of w_0 - w.
  private let start: [Tensor]
  private let rates: [Tensor]
  private let pulls: [Tensor]

  private static let epsilon: Float = 1e-3

  /// - Parameter rms: of each parameter's gradients, in its shape, as `rootMeanSquares` gives them; nil for 1.
  public init(_ model: LanguageModel, _ options: DynamicEvaluationOptions, rms: [Tensor]? = nil) {
    self.model = model
    self.options = options
    let start = model.parameters.map(\.tensor)
    precondition(rms == nil || rms?.map(\.shape) == start.map(\.shape), "statistics of another model")
    let rms = rms ?? start.map { Tensor(shape: $0.shape, repeating: 1) }
    let elements = start.reduce(0) { $0 + $1.count }
    let mean = Float(rms.reduce(0) { $0 + $1.total() } / Double(elements))
    rates = rms.map { rms in
      Tensor(shape: rms.shape) { rates in
        for i in 0..<rms.count { rates[i] = options.rate / (rms.pointer[i] + Self.epsilon) }
      }
    }
    pulls = rms.map { rms in
      Tensor(shape: rms.shape) { pulls in
        for i in 0..<rms.count {
          pulls[i] = min(1, options.decay * (rms.pointer[i] / max(mean, .leastNormalMagnitude)))
        }
      }
    }
    self.start = start
  }

  /// Learns from a segment.
  ///
  /// - Parameters:
  ///   - tokens: one more than the segment has steps: each follows the one before it.
  ///   - state: before the first of them.
  public mutating func adapt(_ tokens: [Int32], from state: RecurrentState) {
    let gradients = Self.gradients(model, tokens, batch: 1, from: state).gradients
    let (all, allRates, allPulls) = (start, rates, pulls)
    var index = 0
    model.visitParameters { _, parameter in
      let (g, start) = (gradients.entries[index].tensor, all[index])
      let (rates, pulls) = (allRates[index], allPulls[index])
      let count = parameter.count
      let terms = Buffer(count: count)
      parameter.withUnsafeMutablePointer { w in
        forEachPart(count) { first, count in
          let (w, term) = (w + first, terms.pointer + first)
          rn_multiply(g.pointer + first, rates.pointer + first, term, count)
          rn_subtract(w, term, term, count)
          rn_subtract(start.pointer + first, w, w, count)
          rn_multiply(w, pulls.pointer + first, w, count)
          rn_add(w, term, w, count)
        }
      }
      index += 1
    }
  }

  /// Of the mean loss of rows `[batch, time + 1]`.
  private static func gradients(
    _ model: LanguageModel, _ tokens: [Int32], batch: Int, from state: RecurrentState
  ) -> (state: RecurrentState, gradients: Gradients) {
    let time = tokens.count / batch - 1
    let rows = (0..<batch).map { $0 * (time + 1) }
    let (_, next, gradients) = valueAndGradient(of: model) { model in
      let (loss, next) = model.loss(
        rows.flatMap { tokens[$0..<$0 + time] }, targets: rows.flatMap { tokens[$0 + 1...$0 + time] }, batch: batch,
        time: time, state: state)
      return (loss, next)
    }
    return (next.detached, gradients)
  }

  /// Segments of the training text that are read, and how many of them side by side.
  private static let most = 200
  private static let streams = 32

  /// The root mean squares of the gradients of segments of a text.
  ///
  /// - Parameters:
  ///   - range: of the text's tokens: those that the model was trained on.
  ///   - read: the tokens of a range.
  /// - Returns: for each parameter, in its shape; nil where the text is shorter than the segments side by side.
  public static func rootMeanSquares(
    _ model: LanguageModel, segment: Int, range: Range<Int>, read: (Range<Int>) throws -> [Int32]
  ) rethrows -> [Tensor]? {
    let length = range.count / streams
    let count = min(most, (length - 1) / segment)
    guard count > 0 else { return nil }
    var state = model.zeroState(batch: streams)
    var sums = model.parameters.map { Tensor(shape: $0.tensor.shape) }
    for index in 0..<count {
      let tokens = try (0..<streams).flatMap { stream in
        let first = range.lowerBound + stream * length + index * segment
        return try read(first..<first + segment + 1)
      }
      let (next, gradients) = gradients(model, tokens, batch: streams, from: state)
      state = next
      for (place, entry) in gradients.entries.enumerated() {
        sums[place].accumulate(entry.tensor * entry.tensor)
      }
    }
    return sums.map { sum in
      Tensor(shape: sum.shape) { for i in 0..<sum.count { $0[i] = (sum.pointer[i] / Float(count)).squareRoot() } }
    }
  }
}
