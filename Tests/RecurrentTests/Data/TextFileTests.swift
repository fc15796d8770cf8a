import Recurrent
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct TextFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ bytes: [UInt8], _ encoding: TextEncoding? = nil) throws -> TextFile {
    try TextFile(reading: folder.write(bytes, to: "text"), encoding: encoding)
  }

  private func utf16(_ text: String, big: Bool) -> [UInt8] {
    text.utf16.flatMap { big ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  @Test func encodingsAreDetectedOrNamed() throws {
    let text = "été 한국어 😀,\"x\"\r\n"
    let utf8 = Array(text.utf8)
    for (bytes, encoding) in [
      (utf8, TextEncoding.utf8), ([0xEF, 0xBB, 0xBF] + utf8, .utf8),
      ([0xFF, 0xFE] + utf16(text, big: false), .utf16LittleEndian),
      ([0xFE, 0xFF] + utf16(text, big: true), .utf16BigEndian),
      (utf16(text + "plain text", big: false), .utf16LittleEndian),
      (utf16(text + "plain text", big: true), .utf16BigEndian),
    ] {
      let file = try read(bytes)
      #expect(file.encoding == encoding && file.note == nil)
      #expect(String(decoding: file.bytes, as: UTF8.self).hasPrefix(text))
      #expect(try read(bytes, encoding).bytes == file.bytes)
    }
    #expect(try read([0xFE, 0xFF] + utf16(text, big: true), .utf16).bytes == utf8)
    #expect(try read([0xFF, 0xFE] + utf16(text, big: false), .utf16).bytes == utf8)
    #expect(try read(utf16(text, big: false), .utf16).bytes == utf8)
  }

  /// Every byte of the encodings of one byte a character: as Foundation reads it.
  @Test func bytesOfLatinAlphabets() throws {
    let all = Array(UInt8(0)...255)
    let latin1 = all.map { String(Unicode.Scalar($0)) }.joined()
    #expect(try read(all, .latin1).bytes == Array(latin1.utf8))
    let assigned = all.filter { ![0x81, 0x8D, 0x8F, 0x90, 0x9D].contains($0) }
    let expected = try #require(String(data: Data(assigned), encoding: .windowsCP1252))
    #expect(try read(assigned, .windows1252).bytes == Array(expected.utf8))
    let latin = try read(Array("a,se".utf8) + [0xF1] + Array("or".utf8))
    #expect(latin.encoding == .latin1 && latin.bytes == Array("a,señor".utf8))
    #expect(latin.note?.contains("read as latin-1") == true)
    let windows = try read([0x93, 0x61, 0x94])
    #expect(windows.encoding == .windows1252 && windows.bytes == Array("“a”".utf8) && windows.note != nil)
  }

  @Test func whatAnEncodingLacksIsRefused() throws {
    func refused(_ bytes: [UInt8], _ encoding: TextEncoding, line: Int, offset: Int) {
      #expect(
        throws: TextFileError.undecodable(
          path: "\(folder.path)/text", line: line, offset: offset, encoding: encoding)
      ) { try read(bytes, encoding) }
    }
    refused([0x61, 10, 10, 0x62, 0xE9, 0x63], .utf8, line: 3, offset: 4)
    refused([0x61, 10, 0xE2, 0x82], .utf8, line: 2, offset: 2)
    refused([0x61, 0, 0x62], .utf16, line: 1, offset: 2)
    refused([0x61, 0, 0x00, 0xDC, 0x61, 0], .utf16LittleEndian, line: 1, offset: 2)
    refused([0xD8, 0x00], .utf16BigEndian, line: 1, offset: 0)
    refused([0xD8, 0x00, 0, 0x61], .utf16BigEndian, line: 1, offset: 0)
    #expect(throws: TextFileError.self) { try read([]) }
    #expect(throws: TextFileError.self) { try TextFile(reading: folder.path) }
    #expect(throws: TextFileError.corpus(.file(.missing(path: "/none")))) { try TextFile(reading: "/none") }
  }

  @Test(arguments: [
    ("utf8", TextEncoding.utf8), ("UTF-8", .utf8), ("ISO-8859-1", .latin1), ("Latin1", .latin1),
    ("cp1252", .windows1252), ("Windows-1252", .windows1252), ("utf-16", .utf16),
    ("UTF-16LE", .utf16LittleEndian), ("utf16be", .utf16BigEndian),
    ("koi8-r", nil), ("", nil),
  ])
  func namesInUse(_ name: String, _ encoding: TextEncoding?) { #expect(TextEncoding(name: name) == encoding) }

  @Test func carriageReturnsAloneEndLines() throws {
    #expect(try read(Array("a\rb\r".utf8)).bytes == Array("a\nb\n".utf8))
    #expect(try read(Array("a\rb\r\n".utf8)).bytes == Array("a\rb\r\n".utf8))
  }
}
