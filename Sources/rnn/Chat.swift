import ArgumentParser
import Recurrent
import Tensors

struct Chat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Talk to a model of sequence to sequence.",
    discussion: """
      On a terminal, lines can be edited, and the arrows upward and downward go through earlier ones. From a pipe, each \
      line that is not blank is answered by a line. Lines that begin with a slash are commands:

      \(ChatCommand.summary)

      Examples:

        rnn chat models/chat
        rnn chat models/chat --temperature 0.8 --history 2
        echo 'Hello' | rnn chat models/chat
      """)

  @Argument(help: "Folder of a model of sequence to sequence.") var model: String
  @Option(help: "Above 0, answers are drawn, the bolder the higher; at 0 the likeliest answer is given.")
  var temperature: Float = 0
  @Option(help: "Hypotheses at temperature 0; with more than 1, the answer comes all at once.") var beam = 1
  @Option(help: "Draw only from so many of the likeliest tokens; 0 for all.") var topK = 0
  @Option(help: "Draw only from the likeliest tokens whose probabilities sum to this.") var topP: Float = 1
  @Option(help: "Tokens of an answer at most.") var length = 100
  @Option(help: "Earlier questions with their answers that stand before each question.") var history = 0
  @Option(help: "The same seed gives the same answers.") var seed: UInt64 = 1
  @OptionGroup var constraint: ConstraintOptions
  @Option(help: "Threads (default: all processors).") var threads: Int?

  func validate() throws {
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature is \(temperature); it must be at least 0")
    }
    if topK < 0 { throw ValidationError("--top-k is \(topK); it must be at least 0") }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p is \(topP); it must be above 0 and at most 1") }
    if history < 0 { throw ValidationError("--history is \(history); it must be at least 0") }
    if let flaw = SearchOptions(beam: beam, length: length).flaw {
      throw ValidationError("the options ask for \(flaw)")
    }
    try checkPositive([("threads", threads)])
    try constraint.check()
  }

  func run() throws {
    ThreadPool.shared.threads = threads ?? ThreadPool.processors
    let translator = try ModelFolder(model).translator()
    let options = Conversation.Options(
      temperature: temperature, beam: beam, topK: topK, topP: topP, length: length, history: history, seed: seed)
    var session = ChatSession(
      conversation: Conversation(
        translator, options, constraint: try constraint.constraint(translator.encoder)))
    guard let editor = LineEditor(prompt: "> ") else {
      return try Lines.forEach("-") { bytes, _ in
        var line = bytes
        while let last = line.last, last == 10 || last == 13 { line.removeLast() }
        guard !session.isOver, !bytes.isEmpty else { return }
        guard let text = String(validating: line, as: UTF8.self) else {
          throw CommandError("standard input: a line is not UTF-8")
        }
        try session.take(text)
      }
    }
    StandardError.line("Ask something; /help for commands, Ctrl-D to end.")
    while !session.isOver, let line = editor.read() { try session.take(line) }
  }
}

/// What is said in a chat, by lines.
struct ChatSession {
  var conversation: Conversation
  private(set) var isOver = false

  init(conversation: Conversation) { self.conversation = conversation }

  mutating func take(_ line: String) throws {
    let text = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if text.isEmpty { return }
    if text.hasPrefix("/") {
      do { try obey(ChatCommand(text)) } catch let error as ChatCommand.Mistake {
        StandardError.line(error.description)
      }
      return
    }
    try conversation.answer(line) { piece in
      StandardOutput.write(piece)
      StandardOutput.flush()
      return true
    }
    StandardOutput.write("\n")
    StandardOutput.flush()
  }

  private mutating func obey(_ command: ChatCommand) throws {
    switch command {
    case .help: StandardError.line(ChatCommand.summary)
    case .quit: isOver = true
    case .reset:
      conversation.reset()
      StandardError.line("what was said is forgotten")
    case .temperature(let value): conversation.options.temperature = value
    case .beam(let count): conversation.options.beam = count
    case .history(let turns): conversation.options.history = turns
    case .save(let path):
      let text = conversation.turns.map { "> \($0.question)\n\($0.answer)\n" }.joined()
      do {
        try AtomicFile.write(Array(text.utf8), to: path)
        StandardError.line("\(grouped(conversation.turns.count)) turns are in \(path)")
      } catch {
        StandardError.line(error.description)
      }
    }
  }
}

/// A line of a chat that begins with a slash.
enum ChatCommand: Equatable {
  case help
  case quit
  case reset
  case temperature(Float)
  case beam(Int)
  case history(Int)
  case save(String)

  static let summary = """
      /reset            forget what was said
      /save FILE        write what was said to a file
      /temperature T    0 for the likeliest answer, above for bolder ones
      /beam N           hypotheses at temperature 0
      /history N        earlier turns that are read with each question
      /help, /quit
    """

  struct Mistake: Error, CustomStringConvertible { let description: String }

  init(_ line: String) throws {
    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
    let value = parts.count > 1 ? parts[1] : ""
    func mistake(_ wanted: String) -> Mistake { Mistake(description: "\(parts[0]) takes \(wanted)") }
    switch parts[0] {
    case "/help": self = .help
    case "/quit", "/exit": self = .quit
    case "/reset": self = .reset
    case "/temperature":
      guard let number = Float(value), number >= 0, number.isFinite else { throw mistake("a number from 0 on") }
      self = .temperature(number)
    case "/beam":
      guard let number = Int(value), (1...10_000).contains(number) else { throw mistake("a number from 1 to 10,000") }
      self = .beam(number)
    case "/history":
      guard let number = Int(value), number >= 0 else { throw mistake("a number from 0 on") }
      self = .history(number)
    case "/save":
      guard !value.isEmpty else { throw mistake("the name of a file") }
      self = .save(value)
    default: throw Mistake(description: "there is no command \(parts[0]); /help shows those there are")
    }
  }
}
