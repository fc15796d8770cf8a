import Tensors

/// The surprise of one line.
public struct LineScore: Sendable, Hashable {
  /// Counted from 1.
  public var number: Int
  /// Minus the binary logarithm of the line's probability, its line end included.
  public var bits: Double
  public var bitsPerByte: Double
  /// Without the line end.
  public var text: [UInt8]
}

/// Scores lines as they come, with the hidden state carried from one to the next.
public struct LineScorer {
  /// The model as it reads, and adapts where it does.
  public private(set) var reader: TextReader
  private let tokenizer: Tokenizer
  private var last: Int32
  private var number = 0
  private var waiting: [(text: [UInt8], tokens: Int)] = []
  private var tokens: [Int32] = []

  public init(_ model: LanguageModel, _ tokenizer: Tokenizer) { self.init(TextReader(model), tokenizer) }

  /// - Parameter reader: at the start of a text.
  public init(_ reader: TextReader, _ tokenizer: Tokenizer) {
    self.reader = reader
    self.tokenizer = tokenizer
    // The first line is foretold as the beginning of a line.
    last = tokenizer.lineEnd ?? 0
  }

  /// Tokens that are scored at once where nobody waits for them.
  private static let chunk = 512

  /// Takes a line and gives back those that are scored.
  ///
  /// - Parameters:
  ///   - line: with its line end; an empty one adds nothing.
  ///   - name: what an error calls the text.
  ///   - flush: scores everything now.
  /// - Throws: `CorpusError.notUTF8`, where the tokenizer needs UTF-8.
  public mutating func add(_ line: [UInt8], name: String, flush: Bool) throws -> [LineScore] {
    if !line.isEmpty {
      let ids: [Int32]
      do { ids = try tokenizer.encode(line, name: name) } catch CorpusError.notUTF8(_, let offset, let byte) {
        throw CorpusError.notUTF8(path: "\(name), line \(number + waiting.count + 1)", offset: offset, byte: byte)
      }
      waiting.append((line, ids.count))
      tokens += ids
    }
    guard flush || tokens.count >= Self.chunk, !waiting.isEmpty else { return [] }
    var losses: [Float] = []
    var first = 0
    while first < tokens.count {
      // Long lines in parts, in bounded memory.
      let end = min(tokens.count, first + 4 * Self.chunk)
      losses += reader.crossEntropies([last] + tokens[first..<end])
      last = tokens[end - 1]
      first = end
    }
    var start = 0
    let scores = waiting.map { line in
      let nats = losses[start..<start + line.tokens].reduce(0) { $0 + Double($1) }
      start += line.tokens
      number += 1
      let bits = nats / LanguageModelEvaluation.ln2
      return LineScore(
        number: number, bits: bits, bitsPerByte: bits / Double(line.text.count),
        text: line.text.last == 10 ? line.text.dropLast() : line.text)
    }
    waiting = []
    tokens = []
    return scores
  }
}
