import ArgumentParser
import Recurrent
import Tensors

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let a language model write, token by token.",
    discussion: """
      Examples:

        rnn generate models/bard --prompt "ROMEO:" --length 500 --temperature 0.8 --seed 1
        rnn generate models/swift --prompt "func " --stop "\\n\\n" --top-p 0.95
        rnn generate models/bard --prompt "ROMEO:" --weights int8
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Option(help: "Text to go on from; its end and the model's words are joined as they stand.") var prompt = ""
  @Option(help: "Tokens to generate at most.") var length = 300
  @Option(help: "Below 1 for likelier, above 1 for bolder text; 0 takes the likeliest token always.")
  var temperature: Float = 1
  @Option(help: "Draw only from so many of the likeliest tokens; 0 for all.") var topK = 0
  @Option(help: "Draw only from the likeliest tokens whose probabilities sum to this.") var topP: Float = 1
  @Option(help: "Above 1, makes tokens of the last 64 less likely.") var repetitionPenalty: Float = 1
  @Option(help: "The same seed gives the same text.") var seed: UInt64?
  @Option(
    parsing: .singleValue,
    help: "End before this string (\\n is a line's end). May be given several times.")
  var stop: [String] = []
  @Option(
    help: """
      Weights of the products: float32, or the narrower and faster bfloat16 or int8, from the file that rnn quantize \
      wrote or converted now.
      """)
  var weights: WeightFormat = .float32
  @Option(help: "Threads.") var threads: Int?
  @Flag(help: "Leave out the prompt.") var noPrompt = false
  @Flag(help: "Print one JSON object with prompt, text and seed, at the end.") var json = false

  func validate() throws {
    if length < 0 { throw ValidationError("--length is \(length); it must be at least 0") }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature is \(temperature); it must be at least 0")
    }
    if topK < 0 { throw ValidationError("--top-k is \(topK); it must be at least 0") }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p is \(topP); it must be above 0 and at most 1") }
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
      throw ValidationError("--repetition-penalty is \(repetitionPenalty); it must be above 0")
    }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let (model, tokenizer) = try ModelFolder(model).languageModel(weights: weights)
    let seed = seed ?? UInt64.random(in: 0..<1 << 32)
    let options = SamplingOptions(
      temperature: temperature, topK: topK, topP: topP, repetitionPenalty: repetitionPenalty, seed: seed)
    var text = ""
    let stops = stop.map { $0.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n") }
    var shown = noPrompt || json
    var generator = TextGenerator(model, tokenizer, options, weights: weights)
    try generator.generate(prompt: prompt, length: length, stops: stops) { piece in
      if json {
        text += piece
      } else {
        if !shown { StandardOutput.write(prompt) }
        shown = true
        StandardOutput.write(piece)
        if StandardOutput.isTerminal { StandardOutput.flush() }
      }
      return true
    }
    if json {
      try StandardOutput.line(JSONText.encode(Output(prompt: prompt, text: text, seed: seed)))
    } else {
      if !shown { StandardOutput.write(prompt) }
      StandardOutput.write("\n")
    }
    StandardOutput.flush()
  }

  private struct Output: Encodable {
    var prompt: String
    var text: String
    var seed: UInt64
  }
}
