/// Cuts a text that comes in pieces into words, where white space separates, and ends of lines.
struct WordSplitter {
  enum Part {
    case word(UnsafeRawBufferPointer)
    case lineEnd
  }

  /// The word that the last piece ended in.
  private var begun: [UInt8] = []

  /// ASCII white space.
  @inline(__always)
  static func separates(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  /// Calls `body` with the words and line ends that are complete.
  mutating func split(_ bytes: UnsafeRawBufferPointer, _ body: (Part) -> Void) {
    var start = 0
    for (index, byte) in bytes.enumerated() where Self.separates(byte) {
      if !begun.isEmpty {
        begun.append(contentsOf: bytes[start..<index])
        finish(body)
      } else if start < index {
        body(.word(UnsafeRawBufferPointer(rebasing: bytes[start..<index])))
      }
      if byte == 10 { body(.lineEnd) }
      start = index + 1
    }
    begun.append(contentsOf: bytes[start...])
  }

  /// Bytes cut into pieces that threads can read side by side: each but the last ends after white space.
  /// - Parameter most: pieces at most; fewer where they would be short.
  static func pieces(_ bytes: UnsafeRawBufferPointer, most: Int) -> [UnsafeRawBufferPointer] {
    let count = max(1, min(most, bytes.count / shortestPiece))
    var pieces: [UnsafeRawBufferPointer] = []
    var start = 0
    for piece in 1..<max(2, count) where start < bytes.count && count > 1 {
      guard let end = bytes[max(start, piece * bytes.count / count)...].firstIndex(where: separates) else { break }
      pieces.append(UnsafeRawBufferPointer(rebasing: bytes[start...end]))
      start = end + 1
    }
    return pieces + [UnsafeRawBufferPointer(rebasing: bytes[start...])]
  }

  private static let shortestPiece = 1 << 16

  /// Calls `body` with the word that the end of the text completes, if there is one.
  mutating func finish(_ body: (Part) -> Void) {
    if !begun.isEmpty { begun.withUnsafeBytes { body(.word($0)) } }
    begun.removeAll(keepingCapacity: true)
  }
}
