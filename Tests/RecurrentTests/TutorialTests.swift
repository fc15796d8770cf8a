import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// DocC's article is the tutorial of the docs, whose commands are run.
@Suite struct TutorialTests {
  @Test func bothAreTheSame() throws {
    let root = #filePath.replacing("Tests/RecurrentTests/TutorialTests.swift", with: "")
    func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }
    #expect(try text("docs/tutorial.md") == text("Sources/Recurrent/Recurrent.docc/Tutorial.md"))
  }
}
