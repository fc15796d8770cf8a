/// How well chunks are found, counted as conlleval does (Tjong Kim Sang and Buchholz 2000): a chunk is right if its type,
/// its start and its end are.
public struct EntityScores: Sendable, Hashable {
  public private(set) var tokens = 0
  public private(set) var correctTokens = 0
  public private(set) var perType: [String: DetectionCounts] = [:]

  private let plain: Bool

  /// - Parameter plain: tags are no chunks, such as parts of speech: each token counts as a chunk, whose type is its tag.
  public init(plain: Bool = false) { self.plain = plain }

  /// Adds a sentence: its tags and those predicted, in the same scheme.
  public mutating func add(gold: [String], predicted: [String]) {
    precondition(gold.count == predicted.count, "\(gold.count) tags, \(predicted.count) predicted")
    tokens += gold.count
    correctTokens += zip(gold, predicted).count { $0 == $1 }
    let spans = Set(chunks(gold))
    for span in spans { perType[span.type, default: DetectionCounts()].gold += 1 }
    for span in chunks(predicted) {
      perType[span.type, default: DetectionCounts()].predicted += 1
      if spans.contains(span) { perType[span.type, default: DetectionCounts()].correct += 1 }
    }
  }

  private func chunks(_ tags: [String]) -> [EntitySpan] {
    guard plain else { return EntitySpan.spans(in: tags) }
    return tags.enumerated().map { EntitySpan(type: $1, start: $0, end: $0 + 1) }
  }

  /// The part of the tokens whose tag is right.
  public var tokenAccuracy: Double { tokens == 0 ? 0 : Double(correctTokens) / Double(tokens) }
  /// The counts of all types together.
  public var overall: DetectionCounts { perType.values.reduce(DetectionCounts(), +) }
  public var precision: Double { overall.precision }
  public var recall: Double { overall.recall }
  public var f1: Double { overall.f1 }
}
