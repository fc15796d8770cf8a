import CKernels
import Tensors

/// How much of the recent text a model looks back on.
public struct NeuralCacheOptions: Sendable, Hashable {
  /// Steps that are remembered.
  public var size: Int
  /// lambda, the part of the probability that is the cache's.
  public var weight: Double
  /// theta: 0 counts all steps alike; the greater, the more those with a like state count.
  public var flatness: Float

  public init(size: Int = 2000, weight: Double = 0.05, flatness: Float = 1) {
    self.size = size
    self.weight = weight
    self.flatness = flatness
  }

  /// What is wrong with it; nil if nothing is.
  public var flaw: String? {
    if !(1...1 << 20).contains(size) { return "a cache of \(size) steps" }
    if !(weight >= 0 && weight <= 1) { return "a cache weight of \(weight), which is not from 0 to 1" }
    if !(flatness >= 0 && flatness.isFinite) { return "a cache flatness of \(flatness), which is not at least 0" }
    return nil
  }
}

/// A continuous cache (Grave, Joulin and Usunier, "Improving neural language models with a continuous cache", 2017): the last
/// steps' h_i with the tokens x_{i+1} that followed them, which tell of the next token
///
///     p_cache(w | h_t) = sum over i with x_{i+1} = w of exp(theta h_t . h_i) / sum over all i of the same
///     p(w) = (1 - lambda) p_model(w) + lambda p_cache(w)
///
/// A value: a copy goes its own way. A step takes as many scalar products as the cache has steps.
public struct NeuralCache: Sendable {
  public let options: NeuralCacheOptions
  private let hidden: Int
  /// `[size, hidden]`, the oldest overwritten first.
  private var states: Tensor
  private var tokens: [Int32] = []
  private var oldest = 0
  /// exp(theta h . h_i) over the largest of them, `[size]`, of the last h that was asked for.
  private var weights: [Double] = []

  /// - Parameter hidden: features of h, the model's last layer's output.
  public init(_ options: NeuralCacheOptions, hidden: Int) {
    precondition(options.flaw == nil, "\(options)")
    self.options = options
    self.hidden = hidden
    states = Tensor(shape: [options.size, hidden])
  }

  /// Remembers that a token followed a state.
  public mutating func add(_ h: UnsafePointer<Float>, _ token: Int32) {
    let place = oldest
    let hidden = hidden
    states.withUnsafeMutablePointer { ($0 + place * hidden).update(from: h, count: hidden) }
    if tokens.count < options.size { tokens.append(token) } else { tokens[place] = token }
    oldest = (oldest + 1) % options.size
  }

  /// Sets `weights`, and returns their sum.
  private mutating func weigh(_ h: UnsafePointer<Float>) -> Double {
    let theta = Double(options.flatness)
    weights.removeAll(keepingCapacity: true)
    for index in tokens.indices { weights.append(theta * rn_dot(h, states.pointer + index * hidden, hidden)) }
    let largest = weights.max() ?? 0
    var sum = 0.0
    for index in weights.indices {
      weights[index] = Double.exp(weights[index] - largest)
      sum += weights[index]
    }
    return sum
  }

  /// The cross-entropy in nats of a token, from that of the model.
  ///
  /// - Parameter h: of the step before the token.
  public mutating func crossEntropy(_ nats: Double, of token: Int32, after h: UnsafePointer<Float>) -> Double {
    guard !tokens.isEmpty else { return nats }
    let sum = weigh(h)
    var same = 0.0
    for index in tokens.indices where tokens[index] == token { same += weights[index] }
    return -Double.log((1 - options.weight) * Double.exp(-nats) + options.weight * same / sum)
  }

  /// Turns the model's logits into log-probabilities with the cache's part in them.
  ///
  /// - Parameters:
  ///   - logits: `[count]`, or log-probabilities; overwritten.
  ///   - h: of the step that they follow.
  public mutating func mix(_ logits: UnsafeMutablePointer<Float>, count: Int, after h: UnsafePointer<Float>) {
    rn_softmax(logits, logits, count)
    if !tokens.isEmpty {
      let sum = weigh(h)
      rn_scale(logits, Float(1 - options.weight), logits, count)
      for index in tokens.indices { logits[Int(tokens[index])] += Float(options.weight * weights[index] / sum) }
    }
    // The logarithm of 0 is not asked of the kernel.
    rn_clamp(logits, .leastNormalMagnitude, .infinity, count)
    rn_log(logits, logits, count)
  }
}
