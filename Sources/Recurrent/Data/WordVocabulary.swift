import Tensors

/// The words of a text, most frequent first. Id 0 is the unknown token, id 1 the end of a line.
public struct WordVocabulary: Sendable, Hashable {
  public let words: [String]
  /// The words by their bytes, in the order of their ids.
  private let table: ByteStringTable

  static let lineEnd: Int32 = 1
  private static let first = 2

  /// - Precondition: no word is there twice.
  public init(_ words: [String]) {
    self.words = words
    var table = ByteStringTable()
    for word in words { _ = Array(word.utf8).withUnsafeBytes { table.insert($0) } }
    precondition(table.count == words.count, "a word is there twice")
    self.table = table
  }

  func id(_ word: UnsafeRawBufferPointer) -> Int32? { table.find(word).map { Int32($0 + Self.first) } }

  func bytes(_ id: Int32) -> [UInt8] {
    if id == Self.lineEnd { return [10] }
    guard id >= Self.first, Int(id) < words.count + Self.first else { return Array("<unk>".utf8) }
    return Array(words[Int(id) - Self.first].utf8)
  }

  /// Reads a corpus.
  ///
  /// - Parameters:
  ///   - minimumCount: rarer words become the unknown token.
  ///   - most: so many of the most frequent words at most.
  static func build(
    _ corpus: Corpus, minimumCount: Int, most: Int, progress: (Int) -> Void
  ) throws -> WordVocabulary {
    var counters = [WordCounter](repeating: WordCounter(), count: max(1, ThreadPool.shared.threads))
    var done = 0
    var current = 0
    try corpus.forEachChunk { file, bytes in
      if file != current { counters[0].endText() }
      current = file
      let pieces = WordSplitter.pieces(bytes, most: counters.count)
      counters.withUnsafeMutableBufferPointer { counters in
        let counters = counters
        ThreadPool.shared.forEach(pieces.count) { index in
          if index > 0 { counters[index].splitter = WordSplitter() }
          counters[index].add(pieces[index])
        }
        counters[0].splitter = counters[pieces.count - 1].splitter
      }
      done += bytes.count
      progress(done)
    }
    counters[0].endText()
    var total = counters[0].counts
    for other in counters.dropFirst() { total.add(other.counts) }
    let (words, counts) = (total.words, total.counts)
    let kept = counts.indices.filter { counts[$0] >= minimumCount }
      .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : words[$0].lexicographicallyPrecedes(words[$1]) }
    return WordVocabulary(kept.prefix(max(0, most)).map { String(decoding: words[$0], as: UTF8.self) })
  }

  public static func == (a: WordVocabulary, b: WordVocabulary) -> Bool {
    a.words.count == b.words.count && zip(a.words, b.words).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }

  public func hash(into hasher: inout Hasher) {
    for word in words { hasher.combine(Array(word.utf8)) }
  }
}

/// Counts the words of one piece of a text after another.
private struct WordCounter {
  var splitter = WordSplitter()
  private(set) var counts = WordCounts()

  mutating func add(_ bytes: UnsafeRawBufferPointer) { splitter.split(bytes) { counts.add($0) } }
  mutating func endText() { splitter.finish { counts.add($0) } }
}

/// How often each word occurs.
private struct WordCounts {
  private(set) var words = ByteStringTable()
  private(set) var counts: [Int] = []

  mutating func add(_ other: WordCounts) {
    for index in other.counts.indices { other.words[index].withUnsafeBytes { add($0, count: other.counts[index]) } }
  }

  @inline(__always)
  mutating func add(_ part: WordSplitter.Part) {
    if case .word(let word) = part { add(word, count: 1) }
  }

  @inline(__always)
  private mutating func add(_ word: UnsafeRawBufferPointer, count: Int) {
    let index = words.insert(word)
    if index == counts.count { counts.append(count) } else { counts[index] += count }
  }
}
