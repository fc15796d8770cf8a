/// Why a file of tokens is refused.
public enum TokenFileError: Error, Equatable, CustomStringConvertible {
  case file(FileError)
  case malformed(path: String, detail: String)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let path, let detail): "\(path) is damaged: \(detail); train anew with another --out"
    }
  }
}

/// Token ids on disk, mapped into memory, so that a corpus larger than memory trains in constant memory. An id takes one
/// byte for vocabularies up to 256 tokens, two up to 65,536, and otherwise four; little-endian, after a header of 40 bytes.
public struct TokenFile: Sendable {
  /// Number of tokens.
  public let count: Int
  /// Bytes of the text they stand for.
  public let byteCount: Int
  /// Bytes of one token: 1, 2 or 4.
  public let width: Int
  public let vocabulary: Int
  private let file: MappedFile

  private static let magic = Array("RNNTOK01".utf8)
  private static let headerSize = 40

  public static func width(vocabulary: Int) -> Int { vocabulary <= 256 ? 1 : vocabulary <= 65_536 ? 2 : 4 }

  public init(reading path: String) throws(TokenFileError) {
    let file: MappedFile
    do { file = try MappedFile(path) } catch { throw .file(error) }
    func refuse(_ detail: String) -> TokenFileError { .malformed(path: path, detail: detail) }
    let bytes = file.bytes
    guard bytes.count >= Self.headerSize, bytes[0..<8].elementsEqual(Self.magic) else {
      throw refuse("it has no header")
    }
    func number(_ index: Int) -> Int? {
      Int(exactly: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 + 8 * index, as: UInt64.self)))
    }
    guard let count = number(0), let vocabulary = number(1), let byteCount = number(2), vocabulary > 0,
      vocabulary <= Int(Int32.max)
    else { throw refuse("its header is not plausible") }
    width = Self.width(vocabulary: vocabulary)
    guard count == (bytes.count - Self.headerSize) / width, bytes.count == Self.headerSize + count * width else {
      throw refuse("it is to hold \(count) tokens and has \(bytes.count) bytes")
    }
    (self.count, self.vocabulary, self.byteCount, self.file) = (count, vocabulary, byteCount, file)
  }

  /// The ids of a range.
  /// - Throws: `TokenFileError.malformed` if one is not in the vocabulary.
  public func ids(_ range: Range<Int>) throws(TokenFileError) -> [Int32] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) of \(count)")
    let base = Self.headerSize
    let ids: [Int32] =
      switch width {
      case 1: range.map { Int32(file.bytes[base + $0]) }
      case 2:
        range.map {
          Int32(UInt16(littleEndian: file.bytes.loadUnaligned(fromByteOffset: base + 2 * $0, as: UInt16.self)))
        }
      default:
        range.map {
          Int32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: base + 4 * $0, as: Int32.self))
        }
      }
    if let wrong = ids.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw .malformed(path: file.path, detail: "it has token \(wrong) in a vocabulary of \(vocabulary)")
    }
    return ids
  }

  /// Encodes a corpus into a file.
  ///
  /// - Returns: how often the unknown token was given.
  @discardableResult
  public static func write(
    _ corpus: Corpus, tokenizer: Tokenizer, to path: String, progress: (Int) -> Void = { _ in }
  ) throws -> Int {
    var file = try AtomicFile(path)
    let width = width(vocabulary: tokenizer.count)
    try file.write([UInt8](repeating: 0, count: headerSize))
    var count = 0
    let unknown = try tokenizer.encode(corpus, progress: progress) { ids in
      count += ids.count
      switch width {
      case 1: try file.write(ids.map { UInt8(truncatingIfNeeded: $0) })
      case 2: try ids.map { UInt16(truncatingIfNeeded: $0).littleEndian }.withUnsafeBytes { try file.write($0) }
      default: try ids.map({ $0.littleEndian }).withUnsafeBytes { try file.write($0) }
      }
    }
    let numbers = [count, tokenizer.count, corpus.byteCount, 0]
    let header =
      magic
      + numbers.flatMap { number in
        withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) }
      }
    try file.overwrite(header, at: 0)
    try file.commit()
    return unknown
  }
}
