import Tensors

/// Adaptive softmax (Grave et al. 2016): an output layer for very many classes of very unequal frequency, such as words.
///
/// Classes are ordered by falling frequency. Those before the first cutoff, and one entry for each cluster of rarer ones,
/// share a softmax, the head; a cluster has a softmax of its own, from features that are fewer the rarer its classes are.
/// So p(class) = p_head(class), or p_head(cluster) * p_cluster(class): a distribution over all classes, of which a class
/// of the head costs the head alone.
///
/// Equal in parameters and results to `torch.nn.AdaptiveLogSoftmaxWithLoss` with its defaults.
public struct AdaptiveSoftmax: Module {
  /// The softmax of a cluster, logits = W_1 W_0 x.
  public struct Cluster: Module {
    /// W_0, `[features, hidden]`
    public var projection: Tensor
    /// W_1, `[classes, features]`
    public var weight: Tensor

    func logits(_ x: Tensor) -> Tensor { x.linear(projection).linear(weight) }

    public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try visit("0.weight", &projection)
      try visit("1.weight", &weight)
    }
  }

  public let classes: Int
  /// The first class of each cluster.
  public let cutoffs: [Int]
  /// `[cutoffs[0] + clusters, hidden]`
  public var head: Tensor
  public var clusters: [Cluster]

  /// - Precondition: the cutoffs rise from above 0 to below `classes`, and `hidden` is at least 4 to the power of their
  ///   number.
  public init(hidden: Int, classes: Int, cutoffs: [Int], initialiser: inout ParameterInitialiser) {
    let flaw = Softmax.adaptive(cutoffs: cutoffs).flaw(classes: classes, hidden: hidden)
    precondition(flaw == nil, flaw ?? "")
    (self.classes, self.cutoffs) = (classes, cutoffs)
    head = initialiser.linear([cutoffs[0] + cutoffs.count, hidden])
    clusters = []
    for (index, members) in Self.members(cutoffs, classes).enumerated() {
      let features = Self.features(hidden: hidden, cluster: index)
      clusters.append(
        Cluster(
          projection: initialiser.linear([features, hidden]), weight: initialiser.linear([members.count, features])))
    }
  }

  /// Features of a cluster: a quarter of those of the one before it, rounded down.
  static func features(hidden: Int, cluster: Int) -> Int { hidden >> (2 * (cluster + 1)) }

  /// The classes of each cluster.
  static func members(_ cutoffs: [Int], _ classes: Int) -> [Range<Int>] {
    zip(cutoffs, cutoffs.dropFirst() + [classes]).map { $0..<$1 }
  }

  /// Names and shapes of the parameters, without making them.
  static func parameterShapes(hidden: Int, classes: Int, cutoffs: [Int]) -> [(name: String, shape: [Int])] {
    let clusters = members(cutoffs, classes).enumerated().flatMap { index, members in
      let features = features(hidden: hidden, cluster: index)
      return [("tail.\(index).0.weight", [features, hidden]), ("tail.\(index).1.weight", [members.count, features])]
    }
    return [("head.weight", [cutoffs[0] + cutoffs.count, hidden])] + clusters
  }

  /// Cutoffs for so many classes: 2,000 in the head, and five times as many up to each further cutoff, as long as half of
  /// the classes and 16 features remain for the last cluster. Of up to 4,000 classes, the head has half.
  public static func defaultCutoffs(classes: Int, hidden: Int) -> [Int] {
    var cutoffs = [max(1, min(2000, classes / 2))]
    while cutoffs[cutoffs.count - 1] * 10 <= classes, features(hidden: hidden, cluster: cutoffs.count) >= 16 {
      cutoffs.append(cutoffs[cutoffs.count - 1] * 5)
    }
    return cutoffs
  }

  /// Calls `body` with the logits of the head for all rows, then with those of each cluster for the rows whose targets are
  /// in it: no others are multiplied.
  ///
  /// - Parameter body: takes logits `[rows, classes of the part]`, the target of each row among them, and the numbers of
  ///   the rows.
  private func forEachPart(
    _ hidden: Tensor, _ targets: [Int32], _ body: (consuming Tensor, [Int32], [Int32]) -> Void
  ) {
    let (rows, columns) = (hidden.shape.rows, hidden.shape.columns)
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) rows")
    precondition(targets.allSatisfy { $0 < classes }, "a target is not below \(classes)")
    let x = hidden.reshaped([rows, columns])
    let members = Self.members(cutoffs, classes)
    let inHead = targets.map { target in
      cutoffs.lastIndex { $0 <= target }.map { Int32(cutoffs[0] + $0) } ?? target
    }
    body(x.linear(head), inHead, Array(0..<Int32(rows)))
    for (index, cluster) in clusters.enumerated() {
      let rows = (0..<Int32(rows)).filter { members[index].contains(Int(targets[Int($0)])) }
      guard !rows.isEmpty else { continue }
      let first = Int32(members[index].lowerBound)
      body(cluster.logits(x.gather(rows, shape: [rows.count])), rows.map { targets[Int($0)] - first }, rows)
    }
  }

  /// The mean cross-entropy in nats of `targets`, one for each row of `hidden` `[..., hidden]`; rows whose target is
  /// negative are left out.
  ///
  /// - Precondition: there is a target for each row, below the number of classes.
  public func loss(_ hidden: Tensor, _ targets: [Int32]) -> Tensor {
    let counted = targets.reduce(0) { $0 + ($1 < 0 ? 0 : 1) }
    var sum: Tensor?
    // Spelled out, `consuming` leaves the logits to the loss, whose gradient takes their place.
    forEachPart(hidden, targets) { (logits: consuming Tensor, targets: [Int32], _: [Int32]) in
      let part = logits.softmaxCrossEntropy(targets, dividingBy: counted)
      sum = sum.map { $0 + part } ?? part
    }
    return sum ?? Tensor(0)
  }

  /// The cross-entropies in nats that `loss` is the mean of, `[rows]`; 0 where the target is negative. Outside any tape.
  public func crossEntropies(_ hidden: Tensor, _ targets: [Int32]) -> Tensor {
    var losses = Tensor(shape: [targets.count])
    forEachPart(hidden.detached, targets) { logits, targets, rows in
      let part = logits.crossEntropies(targets)
      losses.withUnsafeMutablePointer { losses in
        for (index, row) in rows.enumerated() { losses[Int(row)] += part.pointer[index] }
      }
    }
    return losses
  }

  /// The log-probabilities of all classes, `[..., classes]`, of `[..., hidden]`: all clusters are multiplied with all rows.
  public func logProbabilities(_ hidden: Tensor) -> Tensor {
    let head = hidden.linear(head).logSoftmax()
    let parts = clusters.enumerated().map { index, cluster in
      let entry = cutoffs[0] + index
      let ones = Tensor(shape: [1, cluster.weight.shape[0]], repeating: 1)
      return cluster.logits(hidden).logSoftmax() + head.slice(entry..<entry + 1, axis: -1).matmul(ones)
    }
    return .concatenate([head.slice(0..<cutoffs[0], axis: -1)] + parts, axis: -1)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("head.weight", &head)
    for index in clusters.indices { try clusters[index].visitParameters(under: "tail.\(index)", visit) }
  }
}
