/// Unicode scalars from UTF-8 bytes that come in pieces. Overlong forms, surrogates, values above U+10FFFF and cut
/// sequences are refused (Unicode 15, table 3-7).
struct ScalarDecoder {
  /// A byte that is not UTF-8, and its offset from the start of the text.
  struct Invalid: Error, Equatable {
    var offset: Int
    var byte: UInt8
  }

  private var scalar: UInt32 = 0
  private var missing = 0
  private var least: UInt8 = 0x80
  private var most: UInt8 = 0xBF
  private var first: UInt8 = 0
  /// Bytes seen.
  private(set) var offset: Int
  /// Where the current scalar starts.
  private(set) var start = 0

  /// - Parameter offset: bytes of the text before those that are to come, which a scalar begins with.
  init(offset: Int = 0) { self.offset = offset }

  /// Calls `body` with each scalar that ends in these bytes.
  mutating func decode(
    _ bytes: UnsafeRawBufferPointer, _ body: (UInt32) throws -> Void
  ) throws {
    for byte in bytes {
      if missing == 0 {
        start = offset
        if byte < 0x80 {
          try body(UInt32(byte))
        } else {
          try begin(byte)
        }
      } else {
        guard byte >= least && byte <= most else { throw Invalid(offset: start, byte: first) }
        (least, most) = (0x80, 0xBF)
        scalar = scalar << 6 | UInt32(byte & 0x3F)
        missing -= 1
        if missing == 0 { try body(scalar) }
      }
      offset += 1
    }
  }

  /// The same without calling anything: runs of ASCII are passed over eight bytes at a time.
  mutating func validate(_ bytes: UnsafeRawBufferPointer) throws {
    var at = 0
    while at < bytes.count {
      if missing == 0, at + 8 <= bytes.count,
        bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        offset += 8
        at += 8
      } else {
        try decode(UnsafeRawBufferPointer(rebasing: bytes[at..<at + 1])) { _ in }
        at += 1
      }
    }
  }

  private mutating func begin(_ byte: UInt8) throws {
    first = byte
    switch byte {
    case 0xC2...0xDF: (missing, scalar) = (1, UInt32(byte & 0x1F))
    case 0xE0...0xEF: (missing, scalar) = (2, UInt32(byte & 0x0F))
    case 0xF0...0xF4: (missing, scalar) = (3, UInt32(byte & 0x07))
    default: throw Invalid(offset: offset, byte: byte)
    }
    switch byte {
    case 0xE0: least = 0xA0
    case 0xED: most = 0x9F
    case 0xF0: least = 0x90
    case 0xF4: most = 0x8F
    default: break
    }
  }

  /// To be called at the end of the text.
  func finish() throws {
    if missing > 0 { throw Invalid(offset: start, byte: first) }
  }
}
