import CKernels
import Tensors

/// An adaptive softmax fed one vector at a time, from weights packed once; `AdaptiveSoftmax.logProbabilities` for one row.
/// A step allocates nothing.
struct AdaptiveSoftmaxStream {
  private let cutoff: Int
  private let head: NarrowMatrix
  private let clusters: [(projection: NarrowMatrix, weight: NarrowMatrix)]
  /// The head: its classes, and an entry for each cluster.
  private let entries: Buffer
  /// Of one cluster after another.
  private let features: Buffer

  init(_ softmax: AdaptiveSoftmax, format: WeightFormat) {
    cutoff = softmax.cutoffs[0]
    head = NarrowMatrix(transposing: softmax.head, format: format)
    clusters = softmax.clusters.map {
      (NarrowMatrix(transposing: $0.projection, format: format), NarrowMatrix(transposing: $0.weight, format: format))
    }
    entries = Buffer(count: head.n)
    features = Buffer(count: clusters.map(\.projection.n).max() ?? 0)
  }

  /// - Parameters:
  ///   - hidden: `[hidden]`
  ///   - output: `[classes]`
  func logProbabilities(_ hidden: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    head.multiply(hidden, into: entries.pointer)
    rn_log_softmax(entries.pointer, 0, entries.pointer, head.n)
    output.update(from: entries.pointer, count: cutoff)
    var first = output + cutoff
    for (index, cluster) in clusters.enumerated() {
      cluster.projection.multiply(hidden, into: features.pointer)
      cluster.weight.multiply(features.pointer, into: first)
      rn_log_softmax(first, entries.pointer[cutoff + index], first, cluster.weight.n)
      first += cluster.weight.n
    }
  }
}
