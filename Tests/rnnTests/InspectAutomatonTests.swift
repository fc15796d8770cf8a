import Foundation
import TestSupport
import Testing

/// From training to the automaton, by the real program.
@Suite(.timeLimit(.minutes(2))) struct InspectAutomatonTests {
  /// Parity takes two states, and the start.
  @Test func parityIsTwoStates() throws {
    let folder = try TemporaryFolder()
    let svg = "\(folder.path)/parity.svg"
    let result = try Program.run(
      ["inspect", "automaton", "parity", "--cell", "gru", "--svg", svg, "--json", "--quiet"], folder: folder)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let automaton = try #require(object["automaton"] as? [String: Any])
    #expect(automaton["transitions"] as? [[Int]] == [[1, 2], [1, 2], [2, 1]])
    for name in ["with_network", "with_language", "network_with_language"] {
      #expect((object[name] as? [String: Double])?["strings"] == 1, "\(name)")
    }
    #expect(try folder.read("parity.svg").starts(with: Array("<svg".utf8)))
  }

  @Test(arguments: [["palindromes"], ["parity", "--clusters", "0"], ["reber", "--cell", "none"]])
  func wrongUses(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["inspect", "automaton"] + arguments, folder: folder)
    #expect(result.status == 2 && !result.error.isEmpty, "\(result.error)")
  }
}
