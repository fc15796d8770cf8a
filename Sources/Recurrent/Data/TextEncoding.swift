/// How the characters of a text file are written as bytes.
public enum TextEncoding: String, Sendable, Hashable, Codable, CaseIterable {
  case utf8 = "utf-8"
  /// ISO 8859-1.
  case latin1 = "latin-1"
  /// The five bytes to which it assigns nothing stand for control characters (WHATWG Encoding Standard).
  case windows1252 = "windows-1252"
  /// Little-endian, unless a byte order mark says otherwise.
  case utf16 = "utf-16"
  case utf16LittleEndian = "utf-16le"
  case utf16BigEndian = "utf-16be"

  /// An encoding by one of its usual names, in any spelling: `UTF-8`, `utf8`, `ISO-8859-1`, `cp1252`.
  public init?(name: String) {
    switch name.lowercased().filter({ $0.isLetter || $0.isNumber }) {
    case "utf8": self = .utf8
    case "latin1", "iso88591": self = .latin1
    case "windows1252", "cp1252": self = .windows1252
    case "utf16": self = .utf16
    case "utf16le": self = .utf16LittleEndian
    case "utf16be": self = .utf16BigEndian
    default: return nil
    }
  }

  /// A byte sequence that this encoding has no character for, and where it starts.
  struct Undecodable: Error, Equatable { var offset: Int }

  /// The encoding that bytes seem to have: what a byte order mark says; UTF-16 where every other byte is mostly zero;
  /// UTF-8 where they are valid; else Windows-1252 where bytes occur that are control characters in Latin-1.
  static func detect(_ bytes: [UInt8]) -> TextEncoding {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return .utf8 }
    if bytes.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
    if bytes.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
    var zeros = [0, 0]
    for (index, byte) in bytes.prefix(4096).enumerated() where byte == 0 { zeros[index % 2] += 1 }
    let many = min(bytes.count, 4096) / 8
    if zeros[1] > many && zeros[1] > 8 * zeros[0] { return .utf16LittleEndian }
    if zeros[0] > many && zeros[0] > 8 * zeros[1] { return .utf16BigEndian }
    if invalidUTF8(bytes) == nil { return .utf8 }
    return bytes.contains { 0x80...0x9F ~= $0 } ? .windows1252 : .latin1
  }

  /// Where bytes cease to be UTF-8.
  static func invalidUTF8(_ bytes: [UInt8]) -> Int? {
    var decoder = ScalarDecoder()
    do {
      try bytes.withUnsafeBytes { try decoder.validate($0) }
      try decoder.finish()
      return nil
    } catch {
      return (error as? ScalarDecoder.Invalid)?.offset
    }
  }

  /// The same characters in UTF-8, without a byte order mark.
  func decode(_ bytes: [UInt8]) throws(Undecodable) -> [UInt8] {
    switch self {
    case .utf8:
      if let offset = Self.invalidUTF8(bytes) { throw Undecodable(offset: offset) }
      return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes
    case .latin1, .windows1252:
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count + bytes.count / 8)
      for byte in bytes {
        let scalar = self == .windows1252 && 0x80...0x9F ~= byte ? Self.upper[Int(byte) - 0x80] : UInt32(byte)
        Self.append(scalar, to: &text)
      }
      return text
    case .utf16: return try Self.decodeUTF16(bytes, big: bytes.starts(with: [0xFE, 0xFF]))
    case .utf16LittleEndian: return try Self.decodeUTF16(bytes, big: false)
    case .utf16BigEndian: return try Self.decodeUTF16(bytes, big: true)
    }
  }

  private static func decodeUTF16(_ bytes: [UInt8], big: Bool) throws(Undecodable) -> [UInt8] {
    func unit(_ offset: Int) -> UInt32? {
      guard offset + 1 < bytes.count else { return nil }
      return UInt32(bytes[big ? offset : offset + 1]) << 8 | UInt32(bytes[big ? offset + 1 : offset])
    }
    var text: [UInt8] = []
    var offset = unit(0) == 0xFEFF ? 2 : 0
    while offset < bytes.count {
      guard let first = unit(offset) else { throw Undecodable(offset: offset) }
      var scalar = first
      if 0xD800...0xDFFF ~= first {
        guard first < 0xDC00, let second = unit(offset + 2), 0xDC00...0xDFFF ~= second else {
          throw Undecodable(offset: offset)
        }
        scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        offset += 2
      }
      append(scalar, to: &text)
      offset += 2
    }
    return text
  }

  private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
    if scalar < 0x80 {
      text.append(UInt8(scalar))
    } else if let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) {
      text.append(contentsOf: encoded)
    }
  }

  /// What 0x80 to 0x9F stand for in Windows-1252.
  private static let upper: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D,
    0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
    0x017E, 0x0178,
  ]
}
