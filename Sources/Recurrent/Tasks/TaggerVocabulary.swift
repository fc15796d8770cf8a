import Tensors

/// What a tagger knows: words, characters and tags, and how the tags are spelt.
public struct TaggerVocabulary: Sendable {
  /// Words by their key, most frequent first. Word i has id i + 1; id 0 is the unknown word.
  public let words: [String]
  public let characters: CharacterVocabulary
  /// The tags that the model is trained with, by id.
  public let tags: [String]
  /// The scheme of the data, in which tags are given out.
  public let scheme: TagScheme
  /// The scheme of `tags`: IOBES or IOB2, or plain as the data.
  public let trainedScheme: TagScheme
  /// The columns of tokens and tags in the training file, where they were named.
  public let columns: Columns

  /// See `ColumnFile`.
  public struct Columns: Sendable, Hashable, Codable {
    public var token: String?
    public var tag: String?

    public init(token: ColumnSelector? = nil, tag: ColumnSelector? = nil) {
      self.token = token?.description
      self.tag = tag?.description
    }
  }

  private let table: ByteStringTable
  private let tagIds: [String: Int32]

  /// - Precondition: words and tags are there once each; the trained scheme is IOBES, IOB2 or that of plain data.
  init(
    words: [String], characters: CharacterVocabulary, tags: [String], scheme: TagScheme, trainedScheme: TagScheme,
    columns: Columns
  ) {
    self.words = words
    self.characters = characters
    self.tags = tags
    self.scheme = scheme
    self.trainedScheme = trainedScheme
    self.columns = columns
    var table = ByteStringTable()
    for word in words { _ = Array(word.utf8).withUnsafeBytes { table.insert($0) } }
    precondition(table.count == words.count, "a word is there twice")
    self.table = table
    tagIds = Dictionary(uniqueKeysWithValues: zip(tags, Int32(0)...))
  }

  /// Learns from sentences.
  ///
  /// - Parameters:
  ///   - sentences: in any scheme. Chunks of all their types get all tags of the trained scheme.
  ///   - additional: keys of words that are kept though the sentences do not have them, such as those with vectors.
  ///   - minimumCount: rarer words become the unknown word, unless they are among the additional ones.
  ///   - scheme: that of the data.
  ///   - trainedScheme: IOBES or IOB2; without effect on plain data.
  public init(
    _ sentences: [TaggedSentence], additional: [String] = [], minimumCount: Int = 1, scheme: TagScheme,
    trainedScheme: TagScheme = .iobes, columns: Columns = Columns()
  ) {
    var table = ByteStringTable()
    var counts: [Int] = []
    func count(_ key: String, _ amount: Int) {
      let index = Array(key.utf8).withUnsafeBytes { table.insert($0) }
      if index == counts.count { counts.append(0) }
      counts[index] += amount
    }
    var scalars: Set<UInt32> = []
    var types: Set<String> = []
    for sentence in sentences {
      for token in sentence.tokens {
        count(Self.key(token), 1)
        for scalar in token.unicodeScalars { scalars.insert(scalar.value) }
      }
      types.formUnion(scheme == .plain ? sentence.tags : EntitySpan.spans(in: sentence.tags).map(\.type))
    }
    for key in additional { count(key, minimumCount) }
    let kept = counts.indices.filter { counts[$0] >= minimumCount }
      .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : table[$0].lexicographicallyPrecedes(table[$1]) }
    let letters = trainedScheme == .iob2 ? ["B", "I"] : ["B", "I", "E", "S"]
    let sorted = types.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.init(
      words: kept.map { table[$0].text }, characters: CharacterVocabulary(scalars),
      tags: scheme == .plain
        ? sorted : ["O"] + sorted.flatMap { type in letters.map { type.isEmpty ? $0 : "\($0)-\(type)" } },
      scheme: scheme, trainedScheme: scheme == .plain ? .plain : trainedScheme, columns: columns)
  }

  /// How a word is looked up: in lower case, and every digit as 0. Its characters as they are have a network of their own.
  public static func key(_ token: String) -> String {
    let lower = token.lowercased()
    guard lower.utf8.contains(where: { UInt8(ascii: "1")...UInt8(ascii: "9") ~= $0 }) else { return lower }
    return String(decoding: lower.utf8.map { 48...57 ~= $0 ? 48 : $0 }, as: UTF8.self)
  }

  func wordId(_ token: String) -> Int32 {
    var key = Self.key(token)
    return key.withUTF8 { Int32(table.find(UnsafeRawBufferPointer($0)).map { $0 + 1 } ?? 0) }
  }

  /// Characters of a word that are read at most: of a longer one half from its start and half from its end.
  private static let longestWord = 64

  func characterIds(_ token: String) -> [Int32] {
    let ids = token.unicodeScalars.map { characters.id($0.value) ?? 0 }
    let half = Self.longestWord / 2
    return ids.count <= Self.longestWord ? ids : Array(ids.prefix(half) + ids.suffix(half))
  }

  func tagId(_ tag: String) -> Int32? { tagIds[tag] }

  /// Which of `tags` may follow each other; nil if all may.
  public var allowedTransitions: AllowedTransitions? {
    if trainedScheme == .plain { return nil }
    return AllowedTransitions(tags: tags.count) { from, to in
      trainedScheme.allows(to.map { tags[$0] }, after: from.map { tags[$0] })
    }
  }

  /// Tags of a sentence by id, in the scheme of the data.
  func spelled(_ ids: [Int32]) -> [String] { scheme.converted(ids.map { tags[Int($0)] }) }
}
