import Recurrent
import Testing

@Suite struct TagSchemeTests {
  static let chunked: [TagScheme] = [.iob1, .iob2, .iobes, .bilou]

  /// All sequences of up to a length over some symbols.
  private func sequences<T>(of symbols: [T], upTo length: Int) -> [[T]] {
    var all: [[T]] = [[]]
    var last = all
    for _ in 0..<length {
      last = last.flatMap { sequence in symbols.map { sequence + [$0] } }
      all += last
    }
    return all
  }

  private func symbols(_ letters: String) -> [String] { ["O"] + letters.flatMap { ["\($0)-X", "\($0)-Y"] } }

  /// All ways to lay chunks into a sentence.
  private func layouts(_ count: Int) -> [[EntitySpan]] {
    func from(_ start: Int) -> [[EntitySpan]] {
      if start >= count { return [[]] }
      return from(start + 1)
        + (start + 1...count).flatMap { end in
          ["X", "Y"].flatMap { type in from(end).map { [EntitySpan(type: type, start: start, end: end)] + $0 } }
        }
    }
    return from(0)
  }

  @Test(arguments: chunked) func chunksSpelledAndRead(_ scheme: TagScheme) {
    var spellings: Set<[String]> = []
    let all = layouts(5)
    for spans in all {
      let tags = scheme.tags(for: spans, count: 5)
      #expect(EntitySpan.spans(in: tags) == spans)
      spellings.insert(tags)
    }
    #expect(spellings.count == all.count)
  }

  /// Two ways to say what is legal: each tag may follow the one before; and the tags are what their chunks are spelled as.
  @Test(arguments: [
    (TagScheme.iob1, "BI", 5), (.iob2, "BI", 5), (.iobes, "BIES", 4), (.bilou, "BILU", 4), (.iob2, "BIES", 4),
    (.iob1, "BIES", 4),
  ])
  func legalTagsAreThoseOfChunks(_ scheme: TagScheme, _ letters: String, _ length: Int) {
    var legal = 0
    for tags in sequences(of: symbols(letters), upTo: length) {
      let padded: [String?] = [nil] + tags + [nil]
      let allowed = zip(padded, padded.dropFirst()).allSatisfy { scheme.allows($1, after: $0) }
      #expect(allowed == (scheme.converted(tags) == tags), "\(tags)")
      legal += allowed ? 1 : 0
    }
    #expect(legal > 100)
  }

  @Test(arguments: chunked) func schemesAreDetected(_ scheme: TagScheme) {
    let layouts = layouts(4)
    // Enough of each: chunks of one and of several tokens, that touch and that do not.
    #expect(TagScheme(detecting: layouts.map { scheme.tags(for: $0, count: 4) }) == scheme)
    let one = EntitySpan(type: "X", start: 1, end: 3)
    #expect(TagScheme(detecting: [scheme.tags(for: [one], count: 4)]) == scheme)
  }

  @Test func otherTagsArePlain() {
    #expect(TagScheme(detecting: [["NN", "VB", "O"], ["I", "DT"]]) == .plain)
    #expect(TagScheme(detecting: [["O", "O"]]) == .plain)
    #expect(TagScheme(detecting: [[String]]()) == .plain)
    #expect(TagScheme(detecting: [["B-X", "I-X", "0", "O"]]) == .iob2)
    #expect(TagScheme(detecting: [["B", "M", "E", "S"]]) == .iobes)
    #expect(TagScheme(detecting: [["B-X", "O", "I-X"], ["B-X", "I-X"]]) == .iob2)
    #expect(TagScheme(detecting: [["I-X", "O", "B-X"], ["I-X", "I-X"]]) == .iob1)
    #expect(TagScheme.plain.converted(["NN", "I-X"]) == ["NN", "I-X"])
    #expect(TagScheme.plain.allows("NN", after: nil))
  }

  @Test func conversions() {
    let iob1 = ["I-X", "B-X", "I-X", "O", "I-Y", "I-X"]
    #expect(TagScheme.iob2.converted(iob1) == ["B-X", "B-X", "I-X", "O", "B-Y", "B-X"])
    #expect(TagScheme.iobes.converted(iob1) == ["S-X", "B-X", "E-X", "O", "S-Y", "S-X"])
    #expect(TagScheme.bilou.converted(iob1) == ["U-X", "B-X", "L-X", "O", "U-Y", "U-X"])
    #expect(TagScheme.iob1.converted(["S-X", "B-X", "E-X", "O", "S-Y", "S-X"]) == iob1)
    #expect(TagScheme.iobes.converted(["B", "M", "E", "S"]) == ["B", "I", "E", "S"])
  }
}
