import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of the project itself: small files, and sources that lean only on what stands before them.
@Suite struct StructureTests {
  static let modules = ["CKernels", "Tensors", "Recurrent", "rnn"]
  static let folders = [
    "Files", "Data", "Cells", "Gradients", "Layers", "Training", "Decoding", "Tasks", "Lab", "Inspection",
  ]
  static let mostLines = 400

  struct Source {
    let path: String
    let text: String

    var module: String { String(path.split(separator: "/")[1]) }
    var folder: String { String(path.split(separator: "/")[2]) }
    var rank: Int? {
      StructureTests.modules.firstIndex(of: module).map { module in
        let folder = self.module == "Recurrent" ? StructureTests.folders.firstIndex(of: folder) ?? 99 : 0
        return module * 100 + folder
      }
    }

    /// The text without comments and strings.
    var code: String {
      text.replacing(#/"""(?s:.*?)"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?s:.*?)\*//#, with: " ")
    }

    /// Names that other files can use: declarations at the start of a line that are not private.
    var declared: [String] {
      code.matches(
        of: #/(?m)^(?:public |package |final |indirect )*(?:struct|class|enum|protocol|actor|func) (\w+)/#
      ).map { String($0.1) }
    }
  }

  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  static func sources(under folder: String, _ suffixes: [String]) throws -> [Source] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    return try paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.map { path in
      let data = try #require(FileManager.default.contents(atPath: "\(root)/\(folder)/\(path)"))
      return Source(path: "\(folder)/\(path)", text: String(decoding: data, as: UTF8.self))
    }
  }

  @Test func filesAreSmall() throws {
    for folder in ["Sources", "Tests"] {
      for source in try Self.sources(under: folder, [".swift", ".c", ".h", ".def", ".py"]) {
        let lines = source.text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines <= Self.mostLines, "\(source.path) has \(lines) lines")
      }
    }
  }

  @Test func sourcesLeanOnWhatStandsBeforeThem() throws {
    let sources = try Self.sources(under: "Sources", [".swift"])
    #expect(sources.count > 50)
    var owners: [String: [Int]] = [:]
    for (index, source) in sources.enumerated() {
      for name in source.declared { owners[name, default: []].append(index) }
    }
    for source in sources {
      let rank = try #require(source.rank, "\(source.path) is in no known module")
      for word in Set(source.code.matches(of: #/[A-Za-z_]\w{3,}/#).map { String($0.0) }) {
        guard let owner = owners[word], owner.count == 1, let other = sources[owner[0]].rank else { continue }
        #expect(other <= rank, "\(source.path) names \(word) of \(sources[owner[0]].path)")
      }
    }
  }
}
