/// The Unicode scalars of a text, sorted by code point. Id 0 is the unknown token.
public struct CharacterVocabulary: Sendable, Hashable {
  public let scalars: [UInt32]
  private let low: [Int32]
  private let high: [UInt32: Int32]

  public init(_ scalars: some Sequence<UInt32>) {
    self.scalars = Set(scalars).sorted()
    var low = [Int32](repeating: -1, count: 0x800)
    var high: [UInt32: Int32] = [:]
    for (index, scalar) in self.scalars.enumerated() {
      if scalar < 0x800 { low[Int(scalar)] = Int32(index + 1) } else { high[scalar] = Int32(index + 1) }
    }
    (self.low, self.high) = (low, high)
  }

  @inline(__always)
  func id(_ scalar: UInt32) -> Int32? {
    guard scalar < 0x800 else { return high[scalar] }
    let id = low[Int(scalar)]
    return id < 0 ? nil : id
  }

  func bytes(_ id: Int32) -> [UInt8] {
    guard id > 0, Int(id) <= scalars.count, let scalar = Unicode.Scalar(scalars[Int(id) - 1]) else {
      return Array("\u{FFFD}".utf8)
    }
    return Array(String(Character(scalar)).utf8)
  }

  /// Reads a corpus.
  static func build(_ corpus: Corpus, progress: (Int) -> Void) throws -> CharacterVocabulary {
    var low = [Bool](repeating: false, count: 0x800)
    var high = Set<UInt32>()
    try corpus.forEachScalar(progress: progress) { scalar in
      if scalar < 0x800 { low[Int(scalar)] = true } else { high.insert(scalar) }
    }
    return CharacterVocabulary(low.indices.filter { low[$0] }.map(UInt32.init) + Array(high))
  }
}

extension Corpus {
  /// Calls `body` with every scalar of all files.
  func forEachScalar(progress: (Int) -> Void, _ body: (UInt32) throws -> Void) throws {
    var decoder = ScalarDecoder()
    var (current, done) = (0, 0)
    func named<T>(_ work: () throws -> T) throws -> T {
      do { return try work() } catch let error as ScalarDecoder.Invalid {
        throw CorpusError.notUTF8(path: name(current), offset: error.offset, byte: error.byte)
      }
    }
    try forEachChunk { file, bytes in
      if file != current {
        try named { try decoder.finish() }
        (decoder, current) = (ScalarDecoder(), file)
      }
      try named { try decoder.decode(bytes, body) }
      done += bytes.count
      progress(done)
    }
    try named { try decoder.finish() }
  }
}
