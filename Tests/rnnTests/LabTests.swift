import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct LabTests {
  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(["lab"] + arguments, folder: TemporaryFolder())
  }

  @Test func everyTaskAndCellHasAnObject() throws {
    let result = try run("parity", "adding", "--length", "8", "--cells", "lstm,elman", "--sequences", "40", "--json")
    let rows = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(
      rows.map { "\($0["task"] ?? "") \($0["cell"] ?? "")" } == [
        "adding lstm", "adding elman", "parity lstm", "parity elman",
      ])
    #expect(rows.allSatisfy { $0["sequences"] as? Int == 40 && $0["value"] is Double && $0["hidden"] as? Int == 8 })
  }

  @Test func theTableNamesThePaper() throws {
    let table = try run("adding", "--length", "8", "--cells", "gru", "--sequences", "40").output
    #expect(table.contains("not in 40") && table.contains("Hochreiter and Schmidhuber 1997"))
  }

  @Test(arguments: [
    ("addition", "there is no task 'addition'"), ("adding --cells gru,lst", "'lst'"), ("adding --length 3", "from 4"),
    ("reber --length 3", "not for reber"), ("adding --hidden 0", "--hidden"), ("order --length 9", "from 10"),
    ("--length 9", "for order"), ("--length 2001", "to 2000"),
    ("copy --sequences 0", "--sequences"), ("copy --rate 0", "--rate"), ("copy --span 0", "--span"),
  ])
  func refusals(_ arguments: String, _ message: String) throws {
    let result = try Program.run(
      ["lab"] + arguments.split(separator: " ").map(String.init), folder: TemporaryFolder())
    #expect(result.status == 2 && result.error.contains(message), "\(result.error)")
  }
}
