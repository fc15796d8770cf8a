/// The words of a text, most frequent first. Id 0 is the unknown token, id 1 the end of a line.
public struct WordVocabulary: Sendable, Hashable {
  public let words: [String]
  private let ids: [[UInt8]: Int32]

  static let lineEnd: Int32 = 1
  private static let first = 2

  public init(_ words: [String]) {
    self.words = words
    ids = Dictionary(
      words.enumerated().map { (Array($1.utf8), Int32($0 + Self.first)) }, uniquingKeysWith: { first, _ in first })
  }

  /// ASCII white space.
  @inline(__always)
  static func separates(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  func id(_ word: [UInt8]) -> Int32? { ids[word] }

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
    var counts: [[UInt8]: Int] = [:]
    var word: [UInt8] = []
    func end() {
      if !word.isEmpty { counts[word, default: 0] += 1 }
      word.removeAll(keepingCapacity: true)
    }
    var done = 0
    var current = 0
    try corpus.forEachChunk { file, bytes in
      if file != current { end() }
      current = file
      for byte in bytes { if separates(byte) { end() } else { word.append(byte) } }
      done += bytes.count
      progress(done)
    }
    end()
    let kept = counts.filter { $0.value >= minimumCount }
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key) }
    return WordVocabulary(kept.prefix(max(0, most)).map { String(decoding: $0.key, as: UTF8.self) })
  }
}
