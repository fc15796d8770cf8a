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

extension WeightFormat: ExpressibleByArgument {}

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Store a language model's weights in fewer bits, and measure what that costs.",
    discussion: """
      Writes model.int8.safetensors or model.bfloat16.safetensors into the model's folder, for rnn generate --weights, \
      and reads the text token by token with the weights as they were and as they are stored. Biases, and what the first \
      layer looks up for each token, stay float32.

      Examples:

        rnn quantize models/bard shakespeare.txt --to int8
        rnn generate models/bard --weights int8
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Argument(help: "Files, folders, or - for standard input: the text to measure on.") var paths: [String]
  @Option(help: "int8 or bfloat16.") var to: WeightFormat
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  func validate() throws {
    if to == .float32 { throw ValidationError("--to is float32, which the model has; it must be int8 or bfloat16") }
  }

  func run() throws {
    let folder = ModelFolder(model)
    let (model, tokenizer) = try folder.languageModel()
    let corpus = try Corpus(paths)
    // The tokens go to a file, so that the text can be larger than memory.
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(temporary)/rnn-quantize-\(getpid()).tokens"
    defer { unlink(path) }
    try TokenFile.write(corpus, tokenizer: tokenizer, to: path)
    let tokens = try TokenFile(reading: path)
    unlink(path)
    guard tokens.count >= 2 else {
      throw CommandError("\(paths.joined(separator: " ")): \(tokens.count) tokens; nothing follows the first one")
    }
    // A byte that goes on with a character begins none.
    var characters = 0
    try corpus.forEachChunk { characters += $1.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
    try folder.write(model, weights: to)
    let progress = Progress(quiet: quiet)
    let before = try bits(LanguageModelStream(model), tokens, progress)
    // As it will be read, not as it was in memory.
    let after = try bits(LanguageModelStream(folder.languageModel(weights: to).model, format: to), tokens, progress)
    progress.clear()
    let scale = 1 / Double(max(1, characters))
    try report(
      Output(
        weights: to, before: before * scale, after: after * scale, difference: (after - before) * scale,
        bytesBefore: MappedFile(folder.parameters).bytes.count, bytes: MappedFile(folder.parameters(to)).bytes.count,
        tokens: tokens.count - 1, file: folder.parameters(to)))
  }

  /// The cross-entropy of all tokens after the first, in bits, with the state carried across the whole text.
  private func bits(_ stream: LanguageModelStream, _ tokens: TokenFile, _ progress: Progress) throws -> Double {
    let chunk = 1 << 12
    var nats = 0.0
    for start in stride(from: 0, to: tokens.count, by: chunk) {
      for (index, token) in try tokens.ids(start..<min(start + chunk, tokens.count)).enumerated() {
        if start + index > 0 { nats += Double(stream.crossEntropy(token)) }
        stream.step(token)
      }
      progress.show(fraction: Double(start) / Double(tokens.count), "\(grouped(start)) tokens")
    }
    return nats / Double.log(2)
  }

  private func report(_ output: Output) throws {
    if json { return try StandardOutput.line(JSONText.encode(output)) }
    let share = 100 * Double(output.bytes) / Double(output.bytesBefore)
    StandardOutput.line(
      """
      bits per character   \(fixed(output.before, 5)) in float32
                           \(fixed(output.after, 5)) in \(output.weights.rawValue)
                           \(output.difference < 0 ? "" : "+")\(fixed(output.difference, 5))
      bytes                \(grouped(output.bytesBefore)) in float32
                           \(grouped(output.bytes)) in \(output.weights.rawValue), \(fixed(share, 1)) %
      tokens               \(grouped(output.tokens)) predicted
      written              \(output.file)
      """)
  }

  private struct Output: Encodable {
    var weights: WeightFormat
    var before: Double
    var after: Double
    var difference: Double
    var bytesBefore: Int
    var bytes: Int
    var tokens: Int
    var file: String

    enum CodingKeys: String, CodingKey {
      case weights, difference, bytes, tokens, file
      case before = "bits_per_character_float32"
      case after = "bits_per_character"
      case bytesBefore = "bytes_float32"
    }
  }
}
