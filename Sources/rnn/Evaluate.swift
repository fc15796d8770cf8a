import ArgumentParser
import Recurrent
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how well a language model foretells a text.",
    discussion: """
      The hidden state starts at zero and is carried across the whole text; every token but the first is predicted once. \
      Bits per byte compare between tokenizers, loss and perplexity only within one. What the training text did not have \
      counts as the unknown token.

      Examples:

        rnn evaluate models/bard other.txt
        rnn evaluate models/bard other.txt --json
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Argument(help: "Files, folders, or - for standard input.") var paths: [String]
  @Option(parsing: .singleValue, help: "In folders, only files that match this pattern.") var include: [String] = []
  @Option(help: "Cut the text into so many parts that are read side by side: faster, and each begins without context.")
  var streams = 1
  @Option(help: "Threads.") var threads: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  func validate() throws {
    if streams < 1 { throw ValidationError("--streams is \(streams); it must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let (model, tokenizer) = try ModelFolder(model).languageModel()
    let corpus = try Corpus(paths, include: include)
    // The tokens go to a file, so that a text larger than memory can be evaluated.
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(folder)/rnn-evaluate-\(getpid()).tokens"
    defer { unlink(path) }
    let unknown = try TokenFile.write(corpus, tokenizer: tokenizer, to: path)
    let tokens = try TokenFile(reading: path)
    unlink(path)
    guard tokens.count >= 2 else {
      throw CommandError("\(paths.joined(separator: " ")): \(tokens.count) tokens; nothing follows the first one")
    }
    let progress = Progress(quiet: quiet)
    let result = try model.evaluate(
      tokenCount: tokens.count, bytes: tokens.byteCount, streams: streams,
      progress: { progress.show(fraction: Double($0) / Double(tokens.count), "\(grouped($0)) tokens") },
      read: { try tokens.ids($0) })
    progress.clear()
    // A byte that goes on with a character begins none.
    var characters = 0
    try corpus.forEachChunk { characters += $1.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
    let bitsPerCharacter = result.bitsPerByte * Double(result.bytes) / Double(max(1, characters))
    if json {
      try StandardOutput.line(
        JSONText.encode(
          Output(
            lossNats: result.lossNats, bitsPerToken: result.bitsPerToken, bitsPerByte: result.bitsPerByte,
            bitsPerCharacter: bitsPerCharacter,
            perplexity: result.perplexity, tokens: result.tokens, bytes: result.bytes, unknownTokens: unknown)))
    } else {
      StandardOutput.line(
        """
        loss                 \(fixed(result.lossNats, 4)) nats per token
        bits per token       \(fixed(result.bitsPerToken, 4))
        bits per character   \(fixed(bitsPerCharacter, 4))
        bits per byte        \(fixed(result.bitsPerByte, 4))
        perplexity           \(fixed(result.perplexity, 3))
        tokens               \(grouped(result.tokens)) predicted, of \(grouped(result.bytes)) bytes\
        \(unknown > 0 ? ", \(grouped(unknown)) unknown" : "")
        """)
    }
  }

  private struct Output: Encodable {
    var lossNats: Double
    var bitsPerToken: Double
    var bitsPerByte: Double
    var bitsPerCharacter: Double
    var perplexity: Double
    var tokens: Int
    var bytes: Int
    var unknownTokens: Int

    enum CodingKeys: String, CodingKey {
      case perplexity, tokens, bytes
      case lossNats = "loss_nats"
      case bitsPerToken = "bits_per_token"
      case bitsPerByte = "bits_per_byte"
      case bitsPerCharacter = "bits_per_character"
      case unknownTokens = "unknown_tokens"
    }
  }
}
