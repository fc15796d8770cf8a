import Foundation
import Recurrent
import TestSupport
import Testing

/// The automaton of an expression against another engine, on all short texts of a few characters.
@Suite struct RegularExpressionTests {
  static let alphabet = ["a", "b", "1", "é", "\n", "-"]

  static let patterns = [
    "", "a", "ab", "a|b", "a|", "(ab)*", "(?:ab|b)+", "a?b", "a{2}", "a{1,3}", "a{2,}", "a{0}", "(a|b){2,3}b", "[ab]",
    "[^ab]", "[a-b1]+", "a.b", ".*", "\\d+", "\\w*", "\\s?a", "[\\d-]+", "[^\\d]a", "^ab?$", "(a*)*b", "(a|ab)(b|1)?",
    "((a?b?){2}1)?", "é+", "[a-é]{2}", "\\-", "(a+)?(b+)?", "a*?b+?", "[]a]+", "(|a)b", "\\u{e9}a", "[^]]",
  ]

  static let texts: [String] = {
    var all = [""]
    var last = [""]
    for _ in 0..<4 {
      last = last.flatMap { text in alphabet.map { text + $0 } }
      all += last
    }
    return all
  }()

  @Test(arguments: patterns) func theTextsAreThoseOfTheOtherEngine(_ pattern: String) throws {
    var automaton = try RegularExpressionAutomaton(RegularExpression(pattern))
    // Where the notations differ, the same is written otherwise there.
    let other = ["^ab?$": "ab?", "[]a]+": "[\\]a]+", "[^]]": "[^\\]]", "\\u{e9}a": "\\x{e9}a"][pattern] ?? pattern
    let engine = try NSRegularExpression(pattern: "\\A(?:\(other))\\z")
    var matches = 0
    for text in Self.texts {
      let whole = NSRange(location: 0, length: text.utf16.count)
      let expected = engine.firstMatch(in: text, range: whole) != nil
      let accepted = automaton.accepts(text)
      #expect(accepted == expected, "\(pattern) \(text.debugDescription)")
      if expected { matches += 1 }
    }
    #expect(matches > 0 && matches <= Self.texts.count)
  }

  /// Sets of scalars are spelt in UTF-8 without holes: at both sides of each border of lengths, and of the surrogates.
  @Test func rangesOfScalarsAreWhole() throws {
    let borders: [UInt32] = [
      0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, 0x41, 0x20AC, 0x1F600,
    ]
    for low in borders {
      for high in borders where low <= high {
        let pattern = "[\\u{\(String(low, radix: 16))}-\\u{\(String(high, radix: 16))}]"
        var automaton = try RegularExpressionAutomaton(RegularExpression(pattern))
        for border in borders {
          for value in [border &- 1, border, border + 1] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let accepted = automaton.accepts(String(Character(scalar)))
            #expect(accepted == (low...high).contains(value), "\(pattern) \(value)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    ("(", 1), (")", 0), ("a)", 1), ("[a", 2), ("*", 0), ("a{2", 3), ("a{3,2}", 6), ("a{99999}", 8), ("\\", 1),
    ("\\b", 2),
    ("(?=a)", 2), ("a^b", 1), ("a$b", 1), ("[b-a]", 4), ("\\u{110000}", 10), ("[^\\u{0}-\\u{10ffff}]", 19),
    ("a{,2}", 2), ("a**", 2), ("a+{2}", 2), ("a{2}*", 4), ("a*?+", 3),
  ])
  func whatIsNoExpressionIsRefused(_ pattern: String, _ offset: Int) {
    let error = #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
    #expect(
      error?.offset == offset && error?.description.contains("character \(offset + 1)") == true,
      "\(String(describing: error))")
  }

  @Test func depthAndSizeAreLimited() throws {
    let deep = String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000)
    #expect(throws: RegularExpressionError.self) { try RegularExpression(deep) }
    let repeated = "a" + String(repeating: "*", count: 100_000)
    #expect(throws: RegularExpressionError.self) { try RegularExpression(repeated) }
    let large = try RegularExpression("((a{1000}){1000}){1000}")
    #expect(throws: ConstraintError.tooLarge) { try RegularExpressionAutomaton(large) }
  }
}
