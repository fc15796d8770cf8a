/// The fewest insertions, deletions and substitutions that turn one sequence into another (Levenshtein 1966).
public enum EditDistance {
  public static func between<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
    // row[j]: the distance between what is read of a and the first j elements of b.
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substituted = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}

/// Edits over elements of the reference: the error rate of tokens, words or characters.
public struct EditRate: Sendable, Hashable {
  public private(set) var edits = 0
  /// Elements of the references.
  public private(set) var elements = 0

  public init() {}

  /// Of several references, the one that takes the fewest edits counts; among equals the longest.
  public mutating func add<Element: Equatable>(_ output: [Element], references: [[Element]]) {
    let best = references.map { (edits: EditDistance.between(output, $0), elements: $0.count) }
      .min { ($0.edits, -$0.elements) < ($1.edits, -$1.elements) }
    edits += best?.edits ?? 0
    elements += best?.elements ?? 0
  }

  /// May exceed 1; 0 without elements and edits.
  public var rate: Double { edits == 0 ? 0 : Double(edits) / Double(max(1, elements)) }
}
