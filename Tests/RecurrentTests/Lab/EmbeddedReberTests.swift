import Foundation
import Recurrent
import TestSupport
import Testing

/// Strings and their continuations against the grammar as a regular expression, which is worked out from Reber's diagram by
/// hand: after the first T come any S and an X; what follows (third) are rounds of X T* V P, and then S or X T* V V.
@Suite struct EmbeddedReberTests {
  static let third = "(XT*VP)*(S|XT*VV)"
  static let inner = "B(TS*X\(third)|PT*V(V|P\(third)))E"
  static let expression = try? NSRegularExpression(pattern: "^B(T\(inner)T|P\(inner)P)E$")

  static func accepts(_ text: String) -> Bool {
    expression?.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
  }

  /// Ways to end a string from anywhere in it.
  static let endings =
    ["", "E", "SE", "XSE", "TXSE", "VVE", "PVVE", "VE", "BPVVE", "TBPVVE"].flatMap { start in
      [start, "\(start)TE", "\(start)PE", "\(start)E"]
    } + ["TTE", "BPVVETE", "BPVVEPE", "TBPVVETE", "PBPVVEPE"]

  private func text(_ ids: some Sequence<Int32>) -> String { String(ids.map { EmbeddedReber.symbols[Int($0)] }) }

  @Test func stringsAreOfTheLanguage() {
    var random = SequentialRandom(RandomKey(seed: 3))
    var texts: Set<String> = []
    for _ in 0..<300 {
      let (ids, allowed) = EmbeddedReber().string(&random)
      texts.insert(text(ids))
      #expect(Self.accepts(text(ids)), "\(text(ids))")
      #expect(allowed.count == ids.count - 1)
    }
    #expect(texts.count > 60)
    #expect(texts.contains { $0.hasPrefix("BT") } && texts.contains { $0.hasPrefix("BP") })
  }

  /// A symbol is allowed after the start of a string if something makes both a whole string of the language.
  @Test func continuationsAreThoseOfTheLanguage() {
    var random = SequentialRandom(RandomKey(seed: 4))
    var checked: Set<String> = []
    for _ in 0..<40 {
      let (ids, allowed) = EmbeddedReber().string(&random)
      for step in allowed.indices where checked.insert(text(ids[...step])).inserted {
        let start = text(ids[...step])
        let possible = EmbeddedReber.symbols.filter { symbol in
          Self.endings.contains { Self.accepts(start + String(symbol) + $0) }
        }
        #expect(Set(allowed[step].map { EmbeddedReber.symbols[Int($0)] }) == Set(possible), "\(start)")
      }
    }
  }

  /// One who knows the grammar solves it; one who forgets the second symbol gets half of the strings.
  @Test func theJudgeAsksForTheSecondSymbol() {
    let task = EmbeddedReber()
    func score(forgetting: Bool) -> MemoryScore {
      task.judge(key: RandomKey(seed: 9)) { examples in
        guard case .tokens(let ids, _, let time, _) = examples.input else { return Tensor(0) }
        var logits: [Float] = []
        for position in examples.asked.map(Int.init) {
          let row = position / time * time
          let start = text(ids[row...position])
          logits += EmbeddedReber.symbols.map { symbol in
            Self.endings.contains { Self.accepts(start + String(symbol) + $0) } ? 1 : 0
          }
          if forgetting, start.hasPrefix("BP"), logits.suffix(7).map({ $0 }) == [0, 0, 1, 0, 0, 0, 0],
            Self.accepts(start + "PE")
          {
            logits.replaceSubrange(logits.count - 7..<logits.count, with: [0, 1, 0, 0, 0, 0, 0])
          }
        }
        return Tensor(logits, shape: [examples.asked.count, 7])
      }
    }
    #expect(score(forgetting: false).value == 1 && score(forgetting: false).solved)
    let half = score(forgetting: true)
    #expect(abs(half.value - 0.5) < 0.1 && !half.solved)
  }
}
