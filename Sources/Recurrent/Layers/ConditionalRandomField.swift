import CKernels
import Tensors

/// A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the tags of a sequence: a path of
/// tags y has the score
///
///     s(y) = start[y_0] + sum_t emissions[t, y_t] + sum_t transitions[y_t-1, y_t] + end[y_last]
///
/// and the probability exp(s(y)) / Z, where Z sums over all paths. Names and layout are those of the Python package
/// pytorch-crf.
public struct ConditionalRandomField: Module {
  /// `[tags, tags]`: the score of the column's tag after the row's.
  public var transitions: Tensor
  /// `[tags]`: the score of each tag as the first one.
  public var start: Tensor
  /// `[tags]`: the score of each tag as the last one.
  public var end: Tensor
  /// What is not allowed has probability zero, exactly, and no gradient; nil allows everything.
  public let allowed: AllowedTransitions?

  public var tags: Int { start.count }

  /// All transitions start with the same score, 0: the loss is convex in them.
  public init(tags: Int, allowed: AllowedTransitions? = nil) {
    precondition(allowed == nil || allowed?.tags == tags, "transitions of \(allowed?.tags ?? 0) tags for \(tags)")
    transitions = Tensor(shape: [tags, tags])
    start = Tensor(shape: [tags])
    end = Tensor(shape: [tags])
    self.allowed = allowed
  }

  /// -log p(tags) of each sequence in nats. Its mean, `.mean()`, is what taggers usually descend (Lample et al. 2016, Ma
  /// and Hovy 2016): every sequence counts as one observation, and a long one has the larger gradient.
  ///
  /// One operation on the tape, whose derivative is exact (forward-backward).
  ///
  /// - Parameters:
  ///   - emissions: `[batch, time, tags]`, such as the output of a linear layer.
  ///   - tags: row-major `[batch, time]`; padded positions may hold anything.
  ///   - lengths: steps of each sequence; nil if all have the full length. An empty sequence has the loss 0.
  /// - Returns: `[batch]`
  /// - Precondition: the tags are allowed (see `AllowedTransitions.firstViolation(in:)`).
  public func negativeLogLikelihood(_ emissions: Tensor, tags targets: [Int32], lengths: [Int32]? = nil) -> Tensor {
    let layout = layout(emissions, lengths)
    let (batch, time, tags) = (layout.batch, layout.time, tags)
    precondition(targets.count == batch * time, "\(targets.count) tags for emissions \(emissions.shape)")
    let potentials = CRFPotentials(self)
    let lattice = CRFLattice(layout, potentials)
    let loss = Tensor(shape: [batch]) { loss in
      lattice.forEachRow { row, length, _ in
        let partition = lattice.forward(emissions, row: row, length: length)
        let path = targets[row * time..<row * time + length]
        precondition(path.allSatisfy { $0 >= 0 && $0 < tags }, "a tag of sequence \(row) is not in 0..<\(tags)")
        precondition(
          allowed?.firstViolation(in: path) == nil, "the tags of sequence \(row) are not allowed to follow each other")
        loss[row] = Float(partition - score(path, emissions.pointer + row * time * tags))
      } empty: {
        loss[$0] = 0
      }
    }
    return Tape.record(loss, from: [emissions, transitions, start, end]) { dloss in
      var dstart = Tensor(shape: [tags])
      var dend = Tensor(shape: [tags])
      let pairs = Tensor(shape: [lattice.blocks, tags, potentials.stride])
      // The probabilities that the model gives, less those that the data have.
      let demissions = lattice.marginals { row, length, block, marginals in
        let scale = dloss.pointer[row]
        let pairs = pairs.pointer + block * tags * potentials.stride
        lattice.backward(row: row, length: length, scale: scale, marginals: marginals, pairs: pairs)
        for t in 0..<length {
          let tag = Int(targets[row * time + t])
          marginals[t * tags + tag] -= scale
          if t > 0 { pairs[tag * potentials.stride + Int(targets[row * time + t - 1])] -= scale }
        }
      }
      dstart.withUnsafeMutablePointer { dstart in
        dend.withUnsafeMutablePointer { dend in
          for row in 0..<batch where layout.length(row) > 0 {
            let first = demissions.pointer + row * time * tags
            rn_add(dstart, first, dstart, tags)
            rn_add(dend, first + (layout.length(row) - 1) * tags, dend, tags)
          }
        }
      }
      let dtransitions = Tensor(shape: [tags, tags]) { d in
        for index in 0..<tags * tags {
          let (from, to) = (index / tags, index % tags)
          d[index] = (0..<lattice.blocks).reduce(0) {
            $0 + pairs.pointer[($1 * tags + to) * potentials.stride + from]
          }
        }
      }
      return [demissions, dtransitions, dstart, dend]
    }
  }

  /// The probability of each tag at each step, summed over all paths: how sure the field is. Outside any tape.
  ///
  /// - Returns: `[batch, time, tags]`, zero at padded steps.
  public func marginals(_ emissions: Tensor, lengths: [Int32]? = nil) -> Tensor {
    let lattice = CRFLattice(layout(emissions, lengths), CRFPotentials(self))
    return lattice.marginals { row, length, _, marginals in
      _ = lattice.forward(emissions, row: row, length: length)
      lattice.backward(row: row, length: length, scale: 1, marginals: marginals, pairs: nil)
    }
  }

  /// The path with the largest score (Viterbi 1967) of each sequence, and its score s(y); exp(-loss) of the path is its
  /// probability. What is not allowed is never decoded, as long as something else is allowed and the emissions are finite.
  public func decode(_ emissions: Tensor, lengths: [Int32]? = nil) -> [(tags: [Int32], score: Double)] {
    let layout = layout(emissions, lengths)
    let (time, tags) = (layout.time, tags)
    let lattice = CRFLattice(layout, CRFPotentials(self))
    var paths = [Int32](repeating: 0, count: layout.batch * time)
    paths.withUnsafeMutableBufferPointer { paths in
      let paths = paths
      lattice.forEachRow { row, length, _ in
        guard let path = paths.baseAddress else { return }
        lattice.bestPath(emissions, row: row, length: length, into: path + row * time)
      }
    }
    return (0..<layout.batch).map { row in
      let path = paths[row * time..<row * time + layout.length(row)]
      return (Array(path), score(path, emissions.pointer + row * time * tags))
    }
  }

  /// s(y), with emissions `[time, tags]`; minus infinity for what is not allowed.
  private func score(_ path: ArraySlice<Int32>, _ emissions: UnsafePointer<Float>) -> Double {
    guard let first = path.first, let last = path.last else { return 0 }
    if allowed?.firstViolation(in: path) != nil { return -.infinity }
    var score = Double(start.pointer[Int(first)]) + Double(end.pointer[Int(last)])
    for (t, tag) in path.enumerated() { score += Double(emissions[t * tags + Int(tag)]) }
    for (from, to) in zip(path, path.dropFirst()) { score += Double(transitions.pointer[Int(from) * tags + Int(to)]) }
    return score
  }

  private func layout(_ emissions: Tensor, _ lengths: [Int32]?) -> SequenceLayout {
    let shape = emissions.shape
    precondition(shape.rank == 3 && shape[2] == tags, "emissions \(shape) are not [batch, time, \(tags)]")
    return SequenceLayout(batch: shape[0], time: shape[1], lengths: lengths)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("transitions", &transitions)
    try visit("start_transitions", &start)
    try visit("end_transitions", &end)
  }
}
