import Tensors

/// Vectors from a file for the words of a tagger: by their key, or as they are written where the file has no such key
/// (files that tell `Madrid` from `madrid` often have the first alone).
public struct TaggerWordVectors: Sendable {
  private let vectors: WordVectors
  private let rows: [[UInt8]: Int]
  /// Keys that have vectors.
  public let keys: [String]

  public var dimension: Int { vectors.dimension }

  /// - Parameters:
  ///   - tokens: words as they are written. Vectors of no others are kept.
  ///   - dimension: what the file must have; nil for any.
  public init(
    reading path: String, tokens: some Sequence<String>, dimension: Int? = nil
  ) throws(WordVectorsError) {
    var forms = ByteStringTable()
    for token in tokens { _ = Array(token.utf8).withUnsafeBytes { forms.insert($0) } }
    let words = (0..<forms.count).map { forms[$0].text }
    let allKeys = words.map(TaggerVocabulary.key)
    let vectors = try WordVectors(reading: path, words: allKeys + words, dimension: dimension)
    var rows: [[UInt8]: Int] = [:]
    var keys: [String] = []
    for (index, key) in (allKeys + allKeys).enumerated() {
      guard let row = vectors.rows[index], rows[Array(key.utf8)] == nil else { continue }
      rows[Array(key.utf8)] = row
      keys.append(key)
    }
    (self.vectors, self.rows, self.keys) = (vectors, rows, keys)
  }

  /// Replaces the rows `[words, features]` that there are vectors for.
  func fill(_ table: inout Tensor, _ vocabulary: TaggerVocabulary) {
    precondition(table.shape[1] == dimension, "vectors of \(dimension) features for a table \(table.shape)")
    table.withUnsafeMutablePointer { table in
      for (index, word) in vocabulary.words.enumerated() {
        guard let row = rows[Array(word.utf8)] else { continue }
        (table + (index + 1) * dimension).update(from: vectors.vectors.pointer + row * dimension, count: dimension)
      }
    }
  }
}
