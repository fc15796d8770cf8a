/// Byte pairs in the order in which they were merged: token 256 + i stands for the two tokens of merge i.
public struct BytePairVocabulary: Sendable, Hashable {
  public let merges: [[Int32]]
  private let texts: [[UInt8]]

  /// - Returns: nil if a merge names a token that does not come before it.
  public init?(_ merges: [[Int32]]) {
    var texts = (0..<256).map { [UInt8($0)] }
    for merge in merges {
      guard merge.count == 2, merge.allSatisfy({ $0 >= 0 && Int($0) < texts.count }) else { return nil }
      let text = texts[Int(merge[0])] + texts[Int(merge[1])]
      // No piece of text is longer, so no merge of pieces can be.
      guard text.count <= BytePairSplitter.longest else { return nil }
      texts.append(text)
    }
    self.merges = merges
    self.texts = texts
  }

  func bytes(_ id: Int32) -> [UInt8] { texts.indices.contains(Int(id)) ? texts[Int(id)] : [] }
}

/// Cuts bytes into the pieces within which pairs are merged: a run of letters, of digits or of other characters, each with
/// the space before it; a run of line ends; a run of other white space. Bytes outside ASCII count as letters.
struct BytePairSplitter {
  /// Longer runs are cut.
  static let longest = 64

  private var piece: [UInt8] = []

  private enum Class { case letter, digit, other, space, lineEnd }

  private static func classify(_ byte: UInt8) -> Class {
    switch byte {
    case 65...90, 97...122, 128...255: .letter
    case 48...57: .digit
    case 10, 13: .lineEnd
    case 32, 9, 11, 12: .space
    default: .other
    }
  }

  mutating func split(_ bytes: UnsafeRawBufferPointer, _ body: ([UInt8]) -> Void) {
    for byte in bytes {
      if let last = piece.last, !continues(last, byte) {
        // The last space of a run goes with the word after it.
        let keeps = piece.count > 1 && last == 32 && Self.classify(byte) != .lineEnd
        body(keeps ? Array(piece.dropLast()) : piece)
        piece.removeAll(keepingCapacity: true)
        if keeps { piece.append(32) }
      }
      piece.append(byte)
    }
  }

  private func continues(_ last: UInt8, _ byte: UInt8) -> Bool {
    if piece.count >= Self.longest { return false }
    let (a, b) = (Self.classify(last), Self.classify(byte))
    return a == b || (piece == [32] && b != .lineEnd)
  }

  mutating func finish(_ body: ([UInt8]) -> Void) {
    if !piece.isEmpty { body(piece) }
    piece = []
  }
}

/// Applies merges to pieces, first learned first, and remembers the pieces it has seen.
struct BytePairMerger {
  private let ranks: [UInt64: Int32]
  private var known: [[UInt8]: [Int32]] = [:]
  private static let remembered = 1 << 16

  init(_ vocabulary: BytePairVocabulary) {
    ranks = Dictionary(
      vocabulary.merges.enumerated().map { (Self.key($1[0], $1[1]), Int32(256 + $0)) },
      uniquingKeysWith: { first, _ in first })
  }

  static func key(_ a: Int32, _ b: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
  }

  mutating func encode(_ piece: [UInt8], into ids: inout [Int32]) {
    if let tokens = known[piece] {
      ids += tokens
      return
    }
    var tokens = piece.map { Int32($0) }
    while true {
      var best: Int32?
      for index in tokens.indices.dropLast() {
        if let token = ranks[Self.key(tokens[index], tokens[index + 1])], token < best ?? .max { best = token }
      }
      guard let best else { break }
      var merged: [Int32] = []
      var index = 0
      while index < tokens.count {
        if index + 1 < tokens.count, ranks[Self.key(tokens[index], tokens[index + 1])] == best {
          merged.append(best)
          index += 2
        } else {
          merged.append(tokens[index])
          index += 1
        }
      }
      tokens = merged
    }
    if known.count >= Self.remembered { known.removeAll(keepingCapacity: true) }
    known[piece] = tokens
    ids += tokens
  }
}
