import Foundation
import TestSupport
import Testing

/// What a terminal, a page and a program are told of an explanation, one that is complete and one that is not.
@Suite(.timeLimit(.minutes(3))) struct ExplanationViewTests {
  /// With weights of up to 1,000 the gates of a cell switch nearer to the baseline than the finest steps look.
  @Test(arguments: [("uniform:0.1", true), ("uniform:1000", false)])
  func theErrorIsShown(_ initialisation: String, _ complete: Bool) throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/model"
    let rows = try folder.write("text,label\na b,x\nb c,y\na c,x\nb d,y\n".utf8, to: "train.csv")
    let made = try Program.run(
      [
        "train", "classifier", rows, "--validation", "0", "--minimum-count", "1", "--hidden", "4", "--embedding", "4",
        "--steps", "1", "--initialisation", initialisation, "--quiet", "--out", model,
      ], folder: folder)
    #expect(made.status == 0, "\(made.error)")
    let text = try folder.write("a b c\n".utf8, to: "new.txt")
    let page = "\(folder.path)/page.html"
    let result = try Program.run(["predict", model, text, "--explain", "--html", page], folder: folder)
    #expect(result.status == 0, "\(result.error)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["complete"] as? Bool == complete, "\(result.output)")

    let html = String(decoding: try folder.read("page.html"), as: UTF8.self)
    let terminal = try Self.onTerminal(["predict", model, text, "--explain"])
    for view in [html, terminal] {
      for value in ["log-odds ", "baseline ", "completeness error "] {
        #expect(view.firstMatch(of: try Regex(value + "-?[0-9]+[.][0-9]{3}")) != nil, "\(value) in \(view)")
      }
      #expect(view.contains("warning: more than") != complete, "\(view)")
    }
  }

  /// The output of the program where it is a terminal.
  private static func onTerminal(_ arguments: [String]) throws -> String {
    // Both stay open until the end, so that what was written stays to be read.
    var (master, terminal) = (Int32(-1), Int32(-1))
    try #require(openpty(&master, &terminal, nil, nil, nil) == 0)
    defer {
      close(master)
      close(terminal)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardOutput = FileHandle(fileDescriptor: terminal)
    try process.run()
    process.waitUntilExit()
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    var (text, part) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while case let count = read(master, &part, part.count), count > 0 { text += part[..<count] }
    return String(decoding: text, as: UTF8.self)
  }
}
