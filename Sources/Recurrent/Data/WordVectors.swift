import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is wrong with a file of word vectors.
public enum WordVectorsError: Error, Equatable, CustomStringConvertible {
  case file(CorpusError)
  case empty(path: String)
  case lineTooLong(path: String, line: Int)
  /// A line that has no word or fewer numbers than the first one, or a first line that gives no dimension.
  case values(path: String, line: Int, found: Int, wanted: Int)
  case notANumber(path: String, line: Int, text: String)
  case dimension(path: String, found: Int, wanted: Int)
  case cut(path: String, found: Int, promised: Int)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .empty(let path): "\(path): there are no word vectors in it; name another file"
    case .lineTooLong(let path, let line):
      "\(path): line \(line) is longer than a megabyte; word2vec and GloVe text files have one word a line (binary files "
        + "must be converted to text first)"
    case .values(let path, let line, let found, let wanted):
      "\(path): line \(line) has \(found) numbers after the word instead of \(wanted); is it a word2vec or GloVe text file, "
        + "and whole?"
    case .notANumber(let path, let line, let text):
      "\(path): line \(line) has '\(text)' where a finite number should be; correct or delete the line"
    case .dimension(let path, let found, let wanted):
      "\(path): the vectors have \(found) features, and the model wants \(wanted); name other vectors, or make the model's "
        + "embedding \(found) wide"
    case .cut(let path, let found, let promised):
      "\(path): the first line promises \(promised) words, and \(found) are there; get the whole file, or correct the number"
    }
  }
}

/// Vectors of given words, from a text file as word2vec, GloVe and fastText write it: each line a word and its numbers,
/// separated by single spaces or tabs; a first line with the number of words and the dimension may stand before them.
public struct WordVectors: Sendable {
  /// Features of a vector.
  public let dimension: Int
  /// The vectors found, `[found, dimension]`.
  public let vectors: Tensor
  /// For each word asked for, its row of `vectors`, nil if the file does not have it.
  public let rows: [Int?]

  /// Reads a file once, in memory that depends on the words asked for alone. Of a word that is there twice, the first
  /// vector counts. A word with spaces in it, as GloVe has some, is read as one.
  ///
  /// - Parameters:
  ///   - words: compared byte by byte.
  ///   - dimension: what the file must have; nil for any.
  public init(reading path: String, words: [String], dimension: Int? = nil) throws(WordVectorsError) {
    var table = ByteStringTable()
    let numbers = words.map { word in Array(word.utf8).withUnsafeBytes { table.insert($0) } }
    var reader = WordVectorReader(path: path, wanted: table, expected: dimension)
    do {
      try Corpus([path]).forEachChunk { _, bytes in try reader.read(bytes) }
      try reader.finish()
    } catch let error as WordVectorsError {
      throw error
    } catch let error as CorpusError {
      if case .empty = error { throw .empty(path: path) }
      throw .file(error)
    } catch {
      throw .file(.file(.unreadable(path: path, reason: "\(error)")))
    }
    self.dimension = reader.dimension
    vectors = Tensor(reader.values, shape: [reader.values.count / reader.dimension, reader.dimension])
    rows = numbers.map { reader.rows[$0] }
  }
}

/// Takes the bytes of a file in pieces.
private struct WordVectorReader {
  let path: String
  let wanted: ByteStringTable
  /// The dimension that the file must have, if any.
  let expected: Int?
  /// 0 until a line has said it.
  var dimension = 0
  var values: [Float] = []
  /// For each wanted word, its row.
  var rows: [Int?]

  private var line = 0
  private var entries = 0
  private var promised: Int?
  /// The line that the last piece ended in.
  private var begun: [UInt8] = []

  private static let longestLine = 1 << 20

  init(path: String, wanted: ByteStringTable, expected: Int?) {
    self.path = path
    self.wanted = wanted
    self.expected = expected
    rows = Array(repeating: nil, count: wanted.count)
  }

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
    var start = 0
    while let base = bytes.baseAddress, let newline = memchr(base + start, 10, bytes.count - start) {
      let end = UnsafeRawPointer(newline) - base
      if begun.isEmpty {
        try take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      } else {
        begun.append(contentsOf: bytes[start..<end])
        try takeBegun()
      }
      start = end + 1
    }
    begun.append(contentsOf: bytes[start...])
    if begun.count > Self.longestLine { throw WordVectorsError.lineTooLong(path: path, line: line + 1) }
  }

  mutating func finish() throws {
    if !begun.isEmpty { try takeBegun() }
    if entries == 0 { throw WordVectorsError.empty(path: path) }
    if let promised, entries < promised {
      throw WordVectorsError.cut(path: path, found: entries, promised: promised)
    }
  }

  private mutating func takeBegun() throws {
    let whole = begun
    begun.removeAll(keepingCapacity: true)
    try whole.withUnsafeBytes { try take($0) }
  }

  private static func separates(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

  private mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
    line += 1
    if bytes.count > Self.longestLine { throw WordVectorsError.lineTooLong(path: path, line: line) }
    var end = bytes.count
    while end > 0, Self.separates(bytes[end - 1]) || bytes[end - 1] == 13 { end -= 1 }
    if end == 0 { return }
    let mark = line == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0  // U+FEFF, which some programs write
    let text = UnsafeRawBufferPointer(rebasing: bytes[mark..<max(mark, end)])
    let spaces = text.reduce(0) { $0 &+ (Self.separates($1) ? 1 : 0) }
    if dimension == 0 {
      let header = line == 1 ? Self.header(text) : nil
      (promised, dimension) = (header?.words, header?.dimension ?? spaces)
      if let expected, dimension > 0, dimension != expected {
        throw WordVectorsError.dimension(path: path, found: dimension, wanted: expected)
      }
      if header != nil { return }
    }
    guard spaces >= dimension, dimension > 0, entries > 0 || spaces == dimension else {
      throw WordVectorsError.values(path: path, line: line, found: spaces, wanted: max(1, dimension))
    }
    entries += 1
    var wordEnd = text.firstIndex(where: Self.separates) ?? 0
    for _ in 0..<spaces - dimension {
      wordEnd = text[(wordEnd + 1)...].firstIndex(where: Self.separates) ?? wordEnd
    }
    let word = UnsafeRawBufferPointer(rebasing: text[..<wordEnd])
    guard let number = wanted.find(word), rows[number] == nil else { return }
    rows[number] = values.count / dimension
    var start = wordEnd + 1
    for _ in 0..<dimension {
      var stop = start
      while stop < text.count, !Self.separates(text[stop]) { stop += 1 }
      values.append(try value(UnsafeRawBufferPointer(rebasing: text[start..<stop])))
      start = stop + 1
    }
  }

  /// Two whole numbers, the words and a dimension that a line can hold.
  private static func header(_ text: UnsafeRawBufferPointer) -> (words: Int, dimension: Int)? {
    let fields = text.split(maxSplits: 2, whereSeparator: separates).map { Int(String(decoding: $0, as: UTF8.self)) }
    guard fields.count == 2, let words = fields[0], let dimension = fields[1], words >= 0,
      (1...longestLine / 2).contains(dimension)
    else { return nil }
    return (words, dimension)
  }

  private func value(_ text: UnsafeRawBufferPointer) throws -> Float {
    if let value = DecimalNumber.float(text) { return value }
    throw WordVectorsError.notANumber(
      path: path, line: line, text: String(decoding: text.prefix(20), as: UTF8.self))
  }
}
