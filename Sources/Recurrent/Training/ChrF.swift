/// chrF (Popović 2015) of a corpus as sacreBLEU defines it (signature `case:mixed|eff:yes|nc:6|nw:0|space:no|version:2`):
/// precision and recall of sequences of one to six characters, averaged over their lengths, as F2, which has recall count
/// twice as much as precision. White space is left out.
public struct ChrF: Sendable, Hashable {
  public static let order = 6
  private static let beta = 2.0

  /// For each length the sequences of the outputs, of the references, and those in both.
  private var counts = [Counts](repeating: Counts(), count: ChrF.order)

  private struct Counts: Sendable, Hashable {
    var output = 0
    var reference = 0
    var both = 0
  }

  public init() {}

  /// - Parameter references: one or more, of which the one with the best score counts.
  public mutating func add(_ output: String, references: [String]) {
    let sequences = Self.sequences(output)
    var best: (counts: [Counts], score: Double)?
    for reference in references {
      let counts = zip(sequences, Self.sequences(reference)).map { own, other in
        Counts(
          // Sequences of a length that the reference does not reach count nothing.
          output: other.isEmpty ? 0 : own.values.reduce(0, +), reference: other.values.reduce(0, +),
          both: own.reduce(0) { $0 + min($1.value, other[$1.key] ?? 0) })
      }
      let score = Self.score(counts)
      if score > best?.score ?? -1 { best = (counts, score) }
    }
    for (n, found) in (best?.counts ?? []).enumerated() {
      counts[n].output += found.output
      counts[n].reference += found.reference
      counts[n].both += found.both
    }
  }

  /// How often each sequence of one, two and more characters occurs.
  private static func sequences(_ text: String) -> [[ArraySlice<Unicode.Scalar>: Int]] {
    let scalars = text.unicodeScalars.filter { !$0.properties.isWhitespace }.map { $0 }
    return (1...order).map { n in
      guard scalars.count >= n else { return [:] }
      return (0...scalars.count - n).reduce(into: [:]) { $0[scalars[$1..<$1 + n], default: 0] += 1 }
    }
  }

  private static func score(_ counts: [Counts]) -> Double {
    // Lengths that one of the two does not reach have no say.
    let used = counts.filter { $0.output > 0 && $0.reference > 0 }
    guard !used.isEmpty else { return 0 }
    let precision = used.reduce(0) { $0 + Double($1.both) / Double($1.output) } / Double(used.count)
    let recall = used.reduce(0) { $0 + Double($1.both) / Double($1.reference) } / Double(used.count)
    guard precision + recall > 0 else { return 0 }
    let factor = beta * beta
    return 100 * (1 + factor) * precision * recall / (factor * precision + recall)
  }

  /// From 0 to 100.
  public var score: Double { Self.score(counts) }
}
