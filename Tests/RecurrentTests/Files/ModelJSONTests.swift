import Recurrent
import TestSupport
import Testing

@Suite struct ModelJSONTests {
  struct Example: Codable, Equatable {
    struct Part: Codable, Equatable { var a: [Double] }
    var format = 1
    var name: String
    var part: Part
    var maybe: Int?
  }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String) throws -> Example {
    try ModelJSON.read(Example.self, from: folder.write(text.utf8, to: "x.json"))
  }

  @Test func whatIsWrittenIsRead() throws {
    let example = Example(name: "é/\"\n\0", part: .init(a: [0.1, -1e300, .leastNonzeroMagnitude]), maybe: 7)
    try ModelJSON.write(example, to: "\(folder.path)/x.json")
    #expect(try ModelJSON.read(Example.self, from: "\(folder.path)/x.json") == example)
    #expect(try read(#"{"format":1,"name":"n","part":{"a":[]}}"#) == Example(name: "n", part: .init(a: [])))
  }

  @Test(arguments: [
    (#"{"format":1,"name":"n","part":{"a":[]},"b":1}"#, "the unknown key 'b'"),
    (#"{"format":1,"name":"n","part":{"a":[],"c":{}}}"#, "the unknown key 'part.c'"),
    (#"{"format":1,"part":{"a":[]}}"#, "no 'name'"), (#"{"format":1,"name":"n","part":{}}"#, "no 'a'"),
    (#"{"format":1,"name":5,"part":{"a":[]}}"#, "'name' is of another kind"),
    (#"{"format":1,"name":"n","part":{"a":["x"]}}"#, "'part.a"), ("", "not JSON"), ("{", "not JSON"),
    ("[]", "is of another kind"), ("null", "kind"), ("\u{0}", "not JSON"),
  ])
  func whatIsNotUnderstoodIsRefused(_ text: String, _ detail: String) throws {
    let error = #expect(throws: ModelFileError.self) { try read(text) }
    let description = error.map { "\($0)" } ?? ""
    #expect(description.contains(detail) && description.contains("\(folder.path)/x.json"), "\(description)")
    #expect(!description.contains("\n"))
  }

  /// A newer format is said to be newer even if nothing else of it is understood.
  @Test func aNewerFormatIsNamed() {
    #expect(throws: ModelFileError.newerFormat(path: "\(folder.path)/x.json", format: 2, known: 1)) {
      try read(#"{"format":2,"other":[]}"#)
    }
  }

  @Test func everyCutIsRefused() throws {
    let path = "\(folder.path)/x.json"
    try ModelJSON.write(Example(name: "n", part: .init(a: [1, 2])), to: path)
    let whole = try folder.read("x.json").dropLast()
    for count in 0..<whole.count {
      let cut = try folder.write(whole.prefix(count), to: "cut.json")
      #expect(throws: ModelFileError.self, "\(count) bytes") { try ModelJSON.read(Example.self, from: cut) }
    }
    #expect(throws: ModelFileError.file(.missing(path: "\(folder.path)/none"))) {
      try ModelJSON.read(Example.self, from: "\(folder.path)/none")
    }
  }
}
