import ArgumentParser
import Recurrent
import Tensors

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See what a language model keeps in mind, and how far back its gradient reaches.",
    discussion: """
      Examples:

        rnn inspect gradient models/bard --text shakespeare.txt --plot gradient.html
        rnn inspect gradient --compare --text shakespeare.txt --plot vanishing.html
        rnn inspect states models/swift --text Package.swift --property quotes --html states.html
        rnn inspect information models/bard --text "To be, or not to be" --html information.html
        rnn inspect activations
        rnn inspect automaton reber
      """,
    subcommands: [
      InspectGradient.self, InspectStates.self, InspectInformation.self, InspectActivations.self,
      InspectAutomaton.self,
    ])
}

/// What all inspections of a model take.
struct InspectionOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: "What a model trained with --condition is told. Once for each of its columns, in their order.")
  var condition: [String] = []
  @Option(help: "Threads (default: all processors). The result does not depend on it.") var threads: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  func check() throws { try checkPositive([("threads", threads)]) }

  func model(_ path: String) throws -> (model: LanguageModel, tokenizer: Tokenizer) {
    try ModelFolder(path).languageModel(weights: .float32, condition: condition)
  }
}

/// The beginning of a text from files.
enum InspectedFile {
  /// Bytes that so many tokens do not exceed, but for words of extraordinary length.
  private static let bytesPerToken = 64

  /// - Parameters:
  ///   - path: a file, a folder, or - for standard input.
  ///   - most: tokens that are needed.
  static func read(_ path: String, most: Int) throws -> [UInt8] {
    struct Enough: Error {}
    let limit = max(1 << 20, most * bytesPerToken)
    var bytes: [UInt8] = []
    let corpus = try Corpus([path])
    do {
      try corpus.forEachChunk { _, chunk in
        bytes += chunk
        if bytes.count >= limit { throw Enough() }
      }
    } catch is Enough {
      // Not in the midst of a character: bytes that go on with one are 10xxxxxx.
      bytes.removeSubrange(limit...)
      while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
      if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
    }
    return bytes
  }
}

/// Where a drawing goes: what it is in follows from the name.
struct DrawingPath: ExpressibleByArgument {
  enum Format { case svg, html }

  let path: String
  let format: Format

  init?(argument: String) {
    switch argument.lowercased() {
    case let name where name.hasSuffix(".svg"): format = .svg
    case let name where name.hasSuffix(".html") || name.hasSuffix(".htm"): format = .html
    default: return nil
    }
    path = argument
  }
}

/// The last part of a path.
func lastComponent(_ path: String) -> String {
  path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
}
