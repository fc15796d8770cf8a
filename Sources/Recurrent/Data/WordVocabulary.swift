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
    var counter = WordCounter()
    var splitter = WordSplitter()
    var done = 0
    var current = 0
    try corpus.forEachChunk { file, bytes in
      if file != current { splitter.finish { counter.add($0) } }
      current = file
      splitter.split(bytes) { counter.add($0) }
      done += bytes.count
      progress(done)
    }
    splitter.finish { counter.add($0) }
    let (words, counts) = (counter.words, counter.counts)
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

/// How often each word occurs.
private struct WordCounter {
  private(set) var words = ByteStringTable()
  private(set) var counts: [Int] = []

  @inline(__always)
  mutating func add(_ part: WordSplitter.Part) {
    guard case .word(let word) = part else { return }
    let index = words.insert(word)
    if index == counts.count { counts.append(1) } else { counts[index] += 1 }
  }
}
