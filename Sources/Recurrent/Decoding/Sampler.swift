import CKernels
import Tensors

/// Draws tokens from logits. One seed gives the same tokens.
public struct Sampler: Sendable {
  public let options: SamplingOptions
  private let forbidden: [Int32]
  private var random: SequentialRandom
  private var recent: [Int32] = []
  private var weights: [Float]

  /// - Parameters:
  ///   - vocabulary: the number of logits.
  ///   - forbidden: tokens that are never drawn, such as the unknown token.
  public init(_ options: SamplingOptions, vocabulary: Int, forbidden: [Int32] = []) {
    self.options = options
    self.forbidden = forbidden
    random = SequentialRandom(RandomKey(seed: options.seed, stream: Self.stream))
    weights = Array(repeating: 0, count: vocabulary)
  }

  private static let stream: UInt32 = 1 << 20

  /// Takes note of a token that stands in the text, drawn or given, for the repetition penalty.
  public mutating func observe(_ token: Int32) {
    guard options.repetitionPenalty != 1 else { return }
    recent.append(token)
    if recent.count > options.repetitionWindow { recent.removeFirst() }
  }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logits: as many as the vocabulary has tokens.
  ///   - allowed: one at least; no others are drawn. Nil for all.
  public mutating func sample(_ logits: UnsafePointer<Float>, allowed: [Int32]? = nil) -> Int32 {
    let count = weights.count
    if let allowed {
      precondition(!allowed.isEmpty, "no token is allowed")
      for index in weights.indices { weights[index] = -.infinity }
      for token in allowed { weights[Int(token)] = logits[Int(token)] }
    } else {
      weights.withUnsafeMutableBufferPointer { $0.baseAddress?.update(from: logits, count: count) }
    }
    for token in forbidden { weights[Int(token)] = -.infinity }
    if options.repetitionPenalty != 1 {
      for token in Set(recent) {
        let logit = weights[Int(token)]
        weights[Int(token)] = logit > 0 ? logit / options.repetitionPenalty : logit * options.repetitionPenalty
      }
    }
    // Logits divided by less would soon be infinite.
    guard options.temperature > 1e-6 else { return greatest() }
    weights.withUnsafeMutableBufferPointer {
      rn_scale($0.baseAddress, 1 / options.temperature, $0.baseAddress, count)
      rn_softmax($0.baseAddress, $0.baseAddress, count)
    }
    if options.topK > 0 && options.topK < count || options.topP < 1 { restrict() }
    return draw()
  }

  /// The first of the greatest weights.
  private func greatest() -> Int32 {
    var best = 0
    for index in weights.indices where weights[index] > weights[best] { best = index }
    return Int32(best)
  }

  /// Sets to zero what top-k and top-p leave out. Among equals, lower ids stay.
  private mutating func restrict() {
    let order = weights.indices.sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 }
    var kept = options.topK > 0 ? min(options.topK, order.count) : order.count
    let total = order[..<kept].reduce(0) { $0 + Double(weights[$1]) }
    var sum = 0.0
    for (rank, index) in order[..<kept].enumerated() {
      sum += Double(weights[index])
      if sum >= Double(options.topP) * total {
        kept = rank + 1
        break
      }
    }
    for index in order[kept...] { weights[index] = 0 }
  }

  /// A token with a probability in proportion to its weight.
  private mutating func draw() -> Int32 {
    let total = weights.reduce(0) { $0 + Double($1) }
    let target = Double(random.next() >> 11) * 0x1p-53 * total
    var sum = 0.0
    var last = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      sum += Double(weight)
      last = index
      if sum > target { return Int32(index) }
    }
    return Int32(last)
  }
}
