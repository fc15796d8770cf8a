/// A sentence as a tagger reads it.
package struct EncodedSentence: Sendable {
  var words: [Int32]
  /// Of all words, one after another.
  var characters: [Int32]
  /// Characters of each word.
  var characterCounts: [Int32]
  /// Empty where the tags are not known.
  var tags: [Int32]

  package init(_ tokens: [String], tags: [Int32] = [], vocabulary: TaggerVocabulary) {
    words = tokens.map(vocabulary.wordId)
    let ids = tokens.map(vocabulary.characterIds)
    characters = Array(ids.joined())
    characterCounts = ids.map { Int32($0.count) }
    self.tags = tags
  }

  var length: Int { words.count }
}

/// Sentences side by side.
public struct TaggerBatch: Sendable {
  let batch: Int
  let time: Int
  /// Tokens of each sentence.
  let lengths: [Int32]
  /// Row-major `[batch, time]`, 0 at padding.
  let words: [Int32]
  /// Row-major `[batch, time]`: -1 at padding. Empty where the tags are not known.
  let tags: [Int32]
  /// Of all words, sentence by sentence; without padding.
  let characters: [Int32]
  let characterCounts: [Int32]
  /// Row-major `[batch, time]`: which of those words; 0 at padding.
  let places: [Int32]

  package init(_ sentences: [EncodedSentence]) {
    batch = sentences.count
    let time = sentences.map(\.length).max() ?? 0
    self.time = time
    lengths = sentences.map { Int32($0.length) }
    words = sentences.flatMap { $0.words + repeatElement(0, count: time - $0.length) }
    let tagged = sentences.allSatisfy { $0.tags.count == $0.length }
    tags = tagged ? sentences.flatMap { $0.tags + repeatElement(-1, count: time - $0.length) } : []
    characters = sentences.flatMap(\.characters)
    characterCounts = sentences.flatMap(\.characterCounts)
    var first: Int32 = 0
    places = sentences.flatMap { sentence in
      defer { first += Int32(sentence.length) }
      return Array(first..<first + Int32(sentence.length)) + repeatElement(0, count: time - sentence.length)
    }
  }

  var tokens: Int { characterCounts.count }
}
