import ArgumentParser
import Recurrent
import Tensors

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell how surprising each line of a text is to a language model.",
    discussion: """
      Prints for each line its surprise in bits, in bits per byte, and the line: odd lines have many. The hidden state is \
      carried from line to line. On a terminal, lines whose bits per byte lie two (three) standard deviations above the \
      mean of the lines so far are yellow (red).

      Examples:

        rnn score models/log server.log
        rnn score models/log server.log --top 20
        tail -f server.log | rnn score models/log - --json
        rnn score models/log server.log --adapt --save models/adapted
      """)

  @Argument(help: "Folder of a language model.") var model: String
  @Argument(help: "A file, or - for standard input, which is scored as it comes.") var path: String
  @Option(help: "Print only so many lines, the most surprising per byte first.") var top: Int?
  @OptionGroup(title: "Adaptation") var adaptation: AdaptationOptions
  @Option(help: "With --adapt: the folder that the adapted model goes to: a new one, or that of the model itself.")
  var save: String?
  @OptionGroup(title: "Cache") var cache: CacheOptions
  @Option(help: "Threads.") var threads: Int?
  @Flag(help: "Print one JSON object a line: line, bits, bits_per_byte, text.") var json = false

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top is \(top); it must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); it must be at least 1") }
    try adaptation.check()
    try cache.check()
    if save != nil && !adaptation.adapt { throw ValidationError("--save is for --adapt") }
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let folder = ModelFolder(model)
    let target = save.map { ModelFolder($0) }
    if let target, target != folder, target.exists {
      throw CommandError("\(target.path) exists already; choose another --save, or \(folder.path) itself")
    }
    let (model, tokenizer) = try folder.languageModel()
    let reader = TextReader(
      model, adaptation: try adaptation.adaptation(folder, model, Progress(quiet: false)), cache: cache.cache(model))
    var scorer = LineScorer(reader, tokenizer)
    if target != nil { Signals.catchStops() }
    var best = Best(limit: top)
    var spread = Spread()
    try Lines.forEach(path, shouldStop: { Signals.stop != nil }) { text, more in
      for line in try scorer.add(text, name: path, flush: !more) {
        if top != nil { best.add(line) } else { try show(line, &spread) }
      }
      if !more && top == nil { StandardOutput.flush() }
    }
    for line in best.sorted { try show(line, &spread) }
    StandardOutput.flush()
    if let target, let adapted = scorer.reader.adaptation?.model {
      try target.keep(adapted, tokenizer)
      StandardError.line("the adapted model is in \(target.path)")
    }
    if let number = Signals.stop { throw EndedBySignal(number: number) }
  }

  private func show(_ line: LineScore, _ spread: inout Spread) throws {
    let text = String(decoding: line.text, as: UTF8.self)
    if json {
      return try StandardOutput.line(
        JSONText.encode(Output(line: line.number, bits: line.bits, bitsPerByte: line.bitsPerByte, text: text)))
    }
    let row = "\(fixed(line.bits, 2))\t\(fixed(line.bitsPerByte, 3))\t\(text)"
    let deviations = top == nil ? spread.add(line.bitsPerByte) : 0
    guard StandardOutput.isTerminal, deviations >= 2 else { return StandardOutput.line(row) }
    StandardOutput.line("\u{1B}[\(deviations >= 3 ? 31 : 33)m\(row)\u{1B}[0m")
  }

  private struct Output: Encodable {
    var line: Int
    var bits: Double
    var bitsPerByte: Double
    var text: String
  }

  /// Mean and deviation of numbers as they come (Welford 1962).
  private struct Spread {
    private var count = 0.0
    private var mean = 0.0
    private var squares = 0.0

    /// How many standard deviations a number lies above those before it.
    mutating func add(_ value: Double) -> Double {
      let deviation = count > 1 ? (squares / (count - 1)).squareRoot() : 0
      let result = count >= 10 && deviation > 0 ? (value - mean) / deviation : 0
      count += 1
      let difference = value - mean
      mean += difference / count
      squares += difference * (value - mean)
      return result
    }
  }

  /// The lines of greatest surprise per byte.
  private struct Best {
    let limit: Int?
    private var lines: [LineScore] = []

    init(limit: Int?) { self.limit = limit }

    mutating func add(_ line: LineScore) {
      lines.append(line)
      if let limit, lines.count > 2 * limit + 64 { lines = Array(sorted) }
    }

    var sorted: ArraySlice<LineScore> {
      lines.sorted { ($0.bitsPerByte, -$0.number) > ($1.bitsPerByte, -$1.number) }.prefix(limit ?? 0)
    }
  }
}
