/// Rows of delimited fields, one after another (RFC 4180). Lines may end with LF or CR LF, empty ones are passed over, and
/// fields in quotes may hold delimiters, ends of lines, and quotes, which are doubled.
struct DelimitedReader {
  private let path: String
  private let bytes: [UInt8]
  private let delimiter: UInt8
  private let quotes: TableFormat.Quotes
  private var at = 0
  /// The line of the next row's start.
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ file: TextFile, delimiter: UInt8, quotes: TableFormat.Quotes) {
    path = file.path
    bytes = file.bytes
    self.delimiter = delimiter
    self.quotes = quotes
  }

  /// The next row and the line on which it starts.
  mutating func next() throws(TableError) -> (line: Int, fields: [String])? {
    while let end = lineEnd(at) {
      at = end
      line += 1
    }
    guard at < bytes.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      if at == bytes.count { break }
      if let end = lineEnd(at) {
        at = end
        line += 1
        break
      }
      at += 1
    }
    return (start, fields)
  }

  /// Where the line goes on that an end of line at an offset begins; nil if there is none.
  private func lineEnd(_ offset: Int) -> Int? {
    guard offset < bytes.count else { return nil }
    if bytes[offset] == Self.lineFeed { return offset + 1 }
    guard bytes[offset] == Self.carriageReturn, offset + 1 < bytes.count, bytes[offset + 1] == Self.lineFeed else {
      return nil
    }
    return offset + 2
  }

  private func endsField(_ offset: Int) -> Bool {
    offset == bytes.count || bytes[offset] == delimiter || lineEnd(offset) != nil
  }

  /// Reads a field and stops before the delimiter or end of line after it.
  private mutating func field() throws(TableError) -> String {
    if at < bytes.count, bytes[at] == Self.quote, quotes != .none, let field = try quoted() { return field }
    let start = at
    while !endsField(at) { at += 1 }
    return bytes[start..<at].text
  }

  /// Reads a field in quotes; nil if the quotes are characters like others.
  ///
  /// What is looked through in vain is looked through once: it ends at a run of an odd number of quotes, so that no other
  /// field in it can begin with quotes and go on beyond it.
  private mutating func quoted() throws(TableError) -> String? {
    var end = at + 1
    var lines = 0
    var doubled = false
    while end < bytes.count {
      if bytes[end] == Self.quote {
        guard end + 1 < bytes.count, bytes[end + 1] == Self.quote else { break }
        doubled = true
        end += 1
      } else if bytes[end] == Self.lineFeed {
        lines += 1
      }
      end += 1
    }
    guard end < bytes.count, endsField(end + 1) else {
      if quotes == .lenient { return nil }
      throw end < bytes.count
        ? .textAfterQuotes(path: path, line: line + lines) : .openQuotes(path: path, line: line)
    }
    let content = bytes[at + 1..<end]
    at = end + 1
    line += lines
    guard doubled else { return content.text }
    var previous = false
    return content.filter { byte in
      previous = byte == Self.quote && !previous
      return !previous
    }[...].text
  }
}
