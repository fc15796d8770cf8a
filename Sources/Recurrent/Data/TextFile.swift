/// Why a text file cannot be read.
public enum TextFileError: Error, Equatable, CustomStringConvertible {
  case corpus(CorpusError)
  case undecodable(path: String, line: Int, offset: Int, encoding: TextEncoding)

  public var description: String {
    switch self {
    case .corpus(let error): error.description
    case .undecodable(let path, let line, let offset, let encoding):
      "\(path):\(line): byte \(offset) of the file is not \(encoding.rawValue); name the right encoding with --encoding "
        + "(\(TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")))"
    }
  }
}

/// A text file as a whole, in UTF-8 whatever its encoding was.
public struct TextFile: Sendable {
  /// What the user calls it.
  public let path: String
  /// UTF-8, without a byte order mark. Lines end with a line feed, before which a carriage return may stand.
  public let bytes: [UInt8]
  public let encoding: TextEncoding
  /// What the user should know: that the encoding is a guess.
  public let note: String?

  /// - Parameters:
  ///   - path: a file, a pipe, or `-` for standard input.
  ///   - encoding: nil to detect it.
  public init(reading path: String, encoding: TextEncoding? = nil) throws(TextFileError) {
    var bytes: [UInt8] = []
    do {
      let corpus = try Corpus([path])
      self.path = corpus.name(0)
      guard path == "-" || corpus.name(0) == path else {
        throw CorpusError.file(.unreadable(path: path, reason: "it is a folder; name a file"))
      }
      bytes.reserveCapacity(corpus.byteCount)
      try corpus.forEachChunk { bytes.append(contentsOf: $1) }
    } catch let error as CorpusError {
      throw .corpus(error)
    } catch {
      throw .corpus(.file(.unreadable(path: path, reason: "\(error)")))
    }
    let chosen = encoding ?? TextEncoding.detect(bytes)
    self.encoding = chosen
    let guessed = encoding == nil && (chosen == .latin1 || chosen == .windows1252)
    note =
      guessed ? "\(self.path) is not UTF-8; read as \(chosen.rawValue) (name another encoding with --encoding)" : nil
    do { bytes = try chosen.decode(bytes) } catch {
      let line = bytes[..<error.offset].count { $0 == UInt8(ascii: "\n") } + 1
      throw .undecodable(path: self.path, line: line, offset: error.offset, encoding: chosen)
    }
    if !bytes.contains(UInt8(ascii: "\n")) {
      // Lines that end with a carriage return alone, as some spreadsheets write them.
      bytes = bytes.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 }
    }
    self.bytes = bytes
  }

  /// The lines without their ends; line i is number i + 1 to the user.
  var lines: [ArraySlice<UInt8>] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
  }
}

extension ArraySlice<UInt8> {
  /// Valid UTF-8 as text.
  var text: String { String(decoding: self, as: UTF8.self) }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  /// Without blanks and tabs at both ends.
  var trimmed: ArraySlice<UInt8> {
    let start = drop(while: Self.isBlank)
    guard let last = start.lastIndex(where: { !Self.isBlank($0) }) else { return start }
    return start[...last]
  }
}
