/// Pairs side by side, as an encoder and a decoder take them.
public struct PairBatch: Sendable {
  public let batch: Int
  /// Row-major `[batch, sourceTime]`: sources with their ends.
  package let sources: [Int32]
  package let sourceLengths: [Int32]
  package let sourceTime: Int
  /// Row-major `[batch, targetTime]`: the start, and the targets without their ends.
  package let inputs: [Int32]
  /// Row-major `[batch, targetTime]`: the targets with their ends, and -1 beyond.
  package let targets: [Int32]
  package let targetLengths: [Int32]
  package let targetTime: Int
  /// For each source what its tokens, without the end, are as targets; nil where nothing is copied.
  package let copies: [[Int32]]?

  /// Tokens to be foretold, ends included.
  public var tokens: Int { targetLengths.reduce(0) { $0 + Int($1) } }

  /// - Parameter unknown: what is read in the place of a copied word that the vocabulary does not have.
  package init(_ pairs: SequencePairs, _ c: EncoderDecoderConfiguration, unknown: Int32) {
    batch = pairs.count
    (sources, sourceLengths, sourceTime) = Self.padded(pairs.sources.map { $0 + [c.sourceEnd] }, with: 0)
    (targets, targetLengths, targetTime) = Self.padded(pairs.targets.map { $0 + [c.targetEnd] }, with: -1)
    let vocabulary = Int32(c.targetVocabulary)
    let known = pairs.targets.map { target in [c.targetStart] + target.map { $0 < vocabulary ? $0 : unknown } }
    inputs = Self.padded(known, with: 0).tokens
    copies = pairs.copies
  }

  /// Sources alone.
  static func sources(
    _ sources: [[Int32]], _ c: EncoderDecoderConfiguration
  ) -> (tokens: [Int32], lengths: [Int32], time: Int) {
    padded(sources.map { $0 + [c.sourceEnd] }, with: 0)
  }

  private static func padded(
    _ rows: [[Int32]], with filler: Int32
  ) -> (tokens: [Int32], lengths: [Int32], time: Int) {
    let time = max(1, rows.map(\.count).max() ?? 1)
    var tokens = [Int32](repeating: filler, count: rows.count * time)
    for (row, sequence) in rows.enumerated() {
      tokens.replaceSubrange(row * time..<row * time + sequence.count, with: sequence)
    }
    return (tokens, rows.map { Int32($0.count) }, time)
  }
}
