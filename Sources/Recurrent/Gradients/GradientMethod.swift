import Tensors

/// How the gradient of a recurrent stack is made.
///
/// Backpropagation through time looks back: it keeps all steps of a window, and gradients end at its start. The others look
/// forward: beside the state they carry what they know of how it depends on the parameters, its *influence*, so that each
/// step gives its gradient at once and the past takes the same memory however long it is. With n units, a layer of a plain
/// cell costs for each row of a batch and each step:
///
///     method   time   memory   gradient
///     bptt     n^2    n T      exact within a window of T steps
///     rtrl     n^4    n^3      exact
///     snap1    n^2    n^2      leaves out what units do to one another over more than a step
///     uoro     n^2    n^2      exact on average, with noise
///     rflo     n^2    n^2      leaves out recurrent weights; random weights bring back the error
///
/// Where parameters change along the way, a forward method's influence stems in part from those of before.
public enum GradientMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// Backpropagation through time (Werbos 1990), truncated to a window.
  case bptt
  /// Real-time recurrent learning (Williams and Zipser 1989), of one layer.
  case rtrl
  /// The sparse n-step approximation with n = 1 (Menick et al. 2020).
  case snap1
  /// Unbiased online recurrent optimisation (Tallec and Ollivier 2017).
  case uoro
  /// Random feedback local online learning (Murray 2019), of one layer.
  case rflo

  /// What is wrong with it for a stack; nil if nothing is.
  ///
  /// - Parameter options: what its layers do beside their cell, which backpropagation alone goes through.
  public func flaw(layers: Int, options: LayerOptions = LayerOptions()) -> String? {
    if self != .bptt, options != LayerOptions() {
      return
        "the gradient method \(rawValue) with zoneout, dropped weights, a projection or layer normalisation; use "
        + "--gradient bptt"
    }
    return switch self {
    case .rtrl where layers > 1:
      "the gradient method rtrl for \(layers) layers; it is for one: use --layers 1, or --gradient snap1 or uoro"
    case .rflo where layers > 1: "the gradient method rflo for \(layers) layers; it is for one: use --layers 1"
    default: nil
    }
  }

  /// Nil for backpropagation through time, which carries nothing forward.
  var forward: (any ForwardGradient)? {
    switch self {
    case .bptt: nil
    case .rtrl: RealTimeRecurrentLearning()
    case .snap1: SparseApproximation()
    case .uoro: UnbiasedOnline()
    case .rflo: RandomFeedbackLocalOnline()
    }
  }
}

/// A method that carries influence forward, step by step. It has no state of its own: influence is a value.
protocol ForwardGradient: Sendable {
  /// The axes of each part of the influence; before the first step it is zero.
  ///
  /// - Parameters:
  ///   - layers: from the first to the last.
  ///   - table: the elements of the embedding that the first layer looks tokens up in; nil for any other input.
  func axes(_ layers: [LayerShape], table: Int?, batch: Int) -> [[Int]]

  /// The influence after a step.
  ///
  /// - Parameters:
  ///   - influence: before the step.
  ///   - steps: the step of each layer.
  ///   - key: random numbers of this step.
  func advance(_ influence: [Tensor], _ steps: [LayerStep], key: RandomKey) -> [Tensor]

  /// The gradient of a loss that reads the last layer's output of the step that `advance` has come to.
  ///
  /// - Parameter doutput: d loss / d output `[batch, hidden]`.
  /// - Returns: for each layer.
  func gradients(_ influence: [Tensor], _ steps: [LayerStep], doutput: Tensor) -> [RecurrentGradients]
}

extension ForwardGradient {
  /// The floats of the influence; the largest integer where there are more.
  func elements(_ layers: [LayerShape], table: Int?, batch: Int) -> Int {
    let parts = axes(layers, table: table, batch: batch)
    let count = parts.reduce(0.0) { $0 + $1.reduce(1.0) { $0 * Double($1) } }
    return count < Double(1 << 62) ? Int(count) : .max
  }
}

/// The sizes of one layer.
struct LayerShape: Sendable {
  let input: Int
  let hidden: Int
  let gates: Int
  let apartGates: Int
  let states: Int
  let readsOutput: Bool
  let vectors: Int

  init(_ cell: some Cell, input: Int, hidden: Int) {
    (self.input, self.hidden) = (input, hidden)
    (gates, apartGates, states) = (cell.gates, cell.apartGates, cell.states)
    (readsOutput, vectors) = (cell.readsOutput, cell.vectors.count)
  }

  init(_ cell: some Cell, _ weights: RecurrentWeights) {
    self.init(cell, input: weights.input, hidden: weights.hidden)
  }

  var width: Int { gates * hidden }
  /// Elements of the parameters: W_ih, W_hh, b_ih, b_hh, and the cell's own vectors.
  var parameters: [Int] {
    [width * input, readsOutput ? width * hidden : 0, width, readsOutput ? width : 0]
      + Array(repeating: hidden, count: vectors)
  }
}
