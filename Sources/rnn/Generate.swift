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
        rnn generate models/names --condition Portugal --match '[A-Z][a-z]{3,8}'
        rnn generate models/bard --prompt "ROMEO: " --beam 5 --n-best 3 --length 60
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
    parsing: .singleValue,
    help: "What a model trained with --condition is told. Once for each of its columns, in their order.")
  var condition: [String] = []
  @OptionGroup var constraint: ConstraintOptions
  @Option(help: "Look for the likeliest line by a beam search of so many hypotheses, and draw nothing.") var beam: Int?
  @Option(name: .customLong("n-best"), help: "With --beam: so many lines, with their scores.") var best = 1
  @Option(
    help: """
      Weights of the products: float32, or the narrower and faster bfloat16 or int8, from the file that rnn quantize \
      wrote or converted now.
      """)
  var weights: WeightFormat = .float32
  @OptionGroup(title: "Cache") var cache: CacheOptions
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
    try constraint.check()
    try cache.check()
    if beam != nil, let option = cache.given.first {
      throw ValidationError("\(option) is for drawn texts; leave out --beam")
    }
    if let flaw = SearchOptions(beam: beam ?? best, best: best, length: length).flaw {
      throw ValidationError("the options ask for \(flaw)")
    }
    if beam == nil && best > 1 { throw ValidationError("--n-best is for --beam") }
    if beam != nil && weights != .float32 { throw ValidationError("--beam has float32 weights; leave out --weights") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let (model, tokenizer) = try ModelFolder(model).languageModel(weights: weights, condition: condition)
    let constraint = try constraint.constraint(tokenizer, multiline: beam == nil)
    if let beam { return try search(model, tokenizer, constraint, beam: beam) }
    let seed = seed ?? UInt64.random(in: 0..<1 << 32)
    let options = SamplingOptions(
      temperature: temperature, topK: topK, topP: topP, repetitionPenalty: repetitionPenalty, seed: seed)
    var text = ""
    // A model of single lines has said everything at the end of one.
    let stops =
      (condition.isEmpty ? [] : ["\n"])
      + stop.map { $0.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n") }
    var shown = noPrompt || json
    var generator = TextGenerator(model, tokenizer, options, weights: weights, cache: cache.options)
    try generator.generate(prompt: prompt, length: length, stops: stops, constraint: constraint) { piece in
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

  /// The likeliest lines.
  private func search(
    _ model: LanguageModel, _ tokenizer: Tokenizer, _ constraint: TokenConstraint?, beam: Int
  ) throws {
    let lines = try LineSearch(model, tokenizer).lines(
      prompt: prompt, SearchOptions(beam: beam, best: best, length: length), constraint: constraint)
    for line in lines {
      let text = (noPrompt || json ? "" : prompt) + line.text
      if json {
        try StandardOutput.line(
          JSONText.encode(
            Found(prompt: prompt, text: text, score: line.score, logProbability: line.logProbability)))
      } else {
        StandardOutput.line(best > 1 ? "\(fixed(line.score, 4))\t\(text)" : text)
      }
    }
  }

  private struct Output: Encodable {
    var prompt: String
    var text: String
    var seed: UInt64
  }

  private struct Found: Encodable {
    var prompt: String
    var text: String
    var score: Double
    var logProbability: Double
  }
}
