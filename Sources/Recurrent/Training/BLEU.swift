import Tensors

/// BLEU (Papineni et al. 2002) of a corpus as sacreBLEU defines it (Post 2018, signature
/// `nrefs:N|case:mixed|eff:no|tok:13a|smooth:exp|version:2`): the geometric mean of the precisions of sequences of one to
/// four words, times a penalty for outputs shorter than the references.
public struct BLEU: Sendable, Hashable {
  public static let order = 4

  /// Sequences of n words of the outputs that references have too, each as often as the one that has it most often.
  public private(set) var matches = [Int](repeating: 0, count: BLEU.order)
  /// Sequences of n words of the outputs.
  public private(set) var totals = [Int](repeating: 0, count: BLEU.order)
  public private(set) var outputWords = 0
  /// Of the references nearest in length.
  public private(set) var referenceWords = 0

  public init() {}

  /// - Parameter references: one or more.
  public mutating func add(_ output: String, references: [String]) {
    let words = Self.spelt(output)
    let others = references.map(Self.spelt)
    outputWords += words.count
    // The nearest length; of two as near, the shorter.
    referenceWords +=
      others.map(\.count).min { (abs($0 - words.count), $0) < (abs($1 - words.count), $1) } ?? 0
    for n in 1...Self.order {
      var most: [ArraySlice<[UInt8]>: Int] = [:]
      for reference in others {
        most.merge(Self.counts(reference, n)) { max($0, $1) }
      }
      for (sequence, count) in Self.counts(words, n) {
        totals[n - 1] += count
        matches[n - 1] += min(count, most[sequence] ?? 0)
      }
    }
  }

  /// Words by their bytes: two spellings of é, one string to Swift, are different words.
  private static func spelt(_ text: String) -> [[UInt8]] { MTEvalTokenizer.words(text).map { Array($0.utf8) } }

  private static func counts(_ words: [[UInt8]], _ n: Int) -> [ArraySlice<[UInt8]>: Int] {
    guard words.count >= n else { return [:] }
    return (0...words.count - n).reduce(into: [:]) { $0[words[$1..<$1 + n], default: 0] += 1 }
  }

  public var brevityPenalty: Double {
    if outputWords >= referenceWords { return 1 }
    return outputWords == 0 ? 0 : Double.exp(1 - Double(referenceWords) / Double(outputWords))
  }

  /// From 0 to 100.
  public var score: Double {
    guard matches.contains(where: { $0 > 0 }), totals.allSatisfy({ $0 > 0 }) else { return 0 }
    // Where nothing matches, half of what the longer sequence without a match before it got (NIST's smoothing).
    var smoothing = 1.0
    let logs = zip(matches, totals).map { matches, total -> Double in
      if matches > 0 { return Double.log(100 * Double(matches) / Double(total)) }
      smoothing *= 2
      return Double.log(100 / (smoothing * Double(total)))
    }
    return brevityPenalty * Double.exp(logs.reduce(0, +) / Double(Self.order))
  }
}
