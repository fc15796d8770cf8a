import CKernels
import TestSupport
import Testing

/// The kernels of the conditional random field against the sum over all paths in double precision.
@Suite struct CRFKernelTests {
  /// Tags and steps: one vector, exactly one, and several with a remainder.
  static let sizes = [(1, 1), (1, 4), (2, 1), (2, 5), (3, 4), (4, 5), (16, 3), (17, 3), (33, 2)]

  /// Each step rounds four numbers below 16 (a sum, a difference, the logarithm, the shift), by 2^-21 each; five steps and
  /// the end. An error of the exponent is the relative error of a probability, which is at most 1.
  static let tolerance = 24 * 0x1p-21

  struct Potentials {
    let (tags, time, stride): (Int, Int, Int)
    var emissions: [Float]
    let transitions, start, end: [Float]

    init(tags: Int, time: Int, within size: Float = 3) {
      (self.tags, self.time, stride) = (tags, time, (tags + 15) / 16 * 16)
      func values(_ count: Int, _ seed: UInt64) -> [Float] { sampleValues(count, in: -size...size, seed: seed) }
      emissions = values(time * tags, 1)
      transitions = values(tags * tags, 2)
      start = values(tags, 3)
      end = values(tags, 4)
    }

    func padded(_ rows: [Float]) -> [Float] {
      let padding = [Float](repeating: -.infinity, count: stride - tags)
      return (0..<rows.count / tags).flatMap { row -> [Float] in rows[row * tags..<(row + 1) * tags] + padding }
    }

    var enumerated: EnumeratedField {
      EnumeratedField(
        emissions: rows(emissions, of: tags), transitions: rows(transitions, of: tags), start: start.map(Double.init),
        end: end.map(Double.init))
    }

    /// log Z, marginals and pairs, each of the latter from 1 on, by way of a scale of 0.5.
    func run(_ table: KernelTable) -> (logPartition: Double, marginals: [Float], pairs: [Float]) {
      var (arriving, alpha) = ([Float](repeating: 9, count: time * stride), [Float](repeating: 9, count: time * stride))
      let partition = table.kernels.crf_forward(
        emissions, time, tags, padded(transitions), padded(start), padded(end), stride, &arriving, &alpha)
      var marginals = [Float](repeating: 9, count: time * tags)
      var pairs = [Float](repeating: 1, count: tags * stride)
      let transposed = (0..<tags * tags).map { transitions[$0 % tags * tags + $0 / tags] }
      table.kernels.crf_backward(
        arriving, alpha, time, tags, padded(transposed), padded(end), stride, 0.5, &marginals, &pairs)
      return (partition, marginals, pairs)
    }

    func bestPath(_ table: KernelTable) -> [Int32] {
      var scores = [Float](repeating: 9, count: 2 * stride)
      var from = [UInt32](repeating: 9, count: time * stride)
      var path = [Int32](repeating: 9, count: time)
      table.kernels.crf_best_path(
        emissions, time, tags, padded(transitions), padded(start), padded(end), stride, &scores, &from, &path)
      return path
    }
  }

  @Test(arguments: KernelTable.all, sizes)
  func allPathsAgree(_ table: KernelTable, _ size: (tags: Int, time: Int)) {
    let potentials = Potentials(tags: size.tags, time: size.time)
    let expected = potentials.enumerated
    let (partition, marginals, pairs) = potentials.run(table)
    #expect(abs(partition - expected.logPartition) < Self.tolerance)
    #expect(worstDifference(marginals, expected.marginals.flatMap { $0 }.map { 0.5 * $0 }) { _ in Self.tolerance } < 1)
    let (tags, stride) = (potentials.tags, potentials.stride)
    for index in 0..<tags * tags {
      let (from, to) = (index / tags, index % tags)
      // As many as there are steps, and the one that they are added to.
      let bound = Self.tolerance * Double(size.time) + 0x1p-22
      #expect(abs(Double(pairs[to * stride + from]) - 1 - 0.5 * expected.pairs[from][to]) < bound)
    }
    #expect(potentials.bestPath(table) == expected.bestPath)
  }

  /// Potentials of a thousand: every probability is 0 or 1 up to a rounding of 2^-13 in the exponent, and nothing overflows.
  @Test(arguments: KernelTable.all) func hugePotentialsDoNotOverflow(_ table: KernelTable) {
    let potentials = Potentials(tags: 4, time: 5, within: 1000)
    let expected = potentials.enumerated
    let (partition, marginals, _) = potentials.run(table)
    #expect(abs(partition - expected.logPartition) < 24 * 0x1p-13)
    #expect(worstDifference(marginals, expected.marginals.flatMap { $0 }.map { 0.5 * $0 }) { _ in 24 * 0x1p-13 } < 1)
    #expect(potentials.bestPath(table) == expected.bestPath)
  }

  @Test(arguments: KernelTable.all) func notANumberReachesTheResult(_ table: KernelTable) {
    for place in [0, 7, 19] {
      var potentials = Potentials(tags: 4, time: 5)
      potentials.emissions[place] = .nan
      #expect(potentials.run(table).logPartition.isNaN)
      #expect(potentials.bestPath(table).allSatisfy { (0..<4).contains($0) })
    }
  }

  @Test func fusedTablesAgreeToTheBit() {
    for (tags, time) in Self.sizes {
      let potentials = Potentials(tags: tags, time: time)
      let results = KernelTable.fused.map { table in
        let (partition, marginals, pairs) = potentials.run(table)
        return bitPatterns(marginals + pairs + [Float(partition)])
      }
      #expect(results.allSatisfy { $0 == results.first })
    }
  }
}
