/// Whether what a classifier says with probability p is right in a part p of the cases: confidences in bins of equal
/// width, (0, 1/15], (1/15, 2/15], and so on (Guo et al. 2017).
public struct Calibration: Sendable, Hashable {
  public struct Bin: Sendable, Hashable {
    public var count = 0
    public var correct = 0
    /// The sum of the probabilities.
    public var confidence = 0.0
  }

  public private(set) var bins: [Bin]

  public init(bins: Int = 15) {
    precondition(bins > 0, "\(bins) bins")
    self.bins = Array(repeating: Bin(), count: bins)
  }

  /// - Parameters:
  ///   - confidence: the probability of what was said, from 0 to 1.
  ///   - correct: whether it was so.
  public mutating func add(confidence: Double, correct: Bool) {
    precondition(confidence >= 0 && confidence < 1.001, "a probability of \(confidence)")
    let bin = max(0, min(bins.count, Int((confidence * Double(bins.count)).rounded(.up))) - 1)
    bins[bin].count += 1
    bins[bin].correct += correct ? 1 : 0
    bins[bin].confidence += confidence
  }

  /// The expected calibration error: the distance between accuracy and mean confidence of each bin, weighted by its items.
  public var expectedError: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + abs(Double($1.correct) - $1.confidence) } / Double(max(1, count))
  }
}
