import Recurrent

/// What a person presses.
enum Key: Equatable {
  case scalar(Unicode.Scalar)
  case left, right, start, end, up, down, wordLeft, wordRight
  case backspace, delete, deleteToEnd, deleteToStart, deleteWord
  case enter, cancel, endOfInput, clear
  case unknown
}

/// Keys from the bytes that a terminal sends.
struct KeyDecoder {
  private var pending: [UInt8] = []

  /// The key that a byte completes, if it does.
  mutating func key(_ byte: UInt8) -> Key? {
    pending.append(byte)
    guard let key = Self.decode(pending) else { return nil }
    pending = []
    return key
  }

  /// Nil where bytes are missing.
  private static func decode(_ bytes: [UInt8]) -> Key? {
    switch bytes[0] {
    case 0x1B: return escape(Array(bytes.dropFirst()))
    case 1: return .start
    case 2: return .left
    case 3: return .cancel
    case 4: return .endOfInput
    case 5: return .end
    case 6: return .right
    case 8, 127: return .backspace
    case 10, 13: return .enter
    case 11: return .deleteToEnd
    case 12: return .clear
    case 14: return .down
    case 16: return .up
    case 21: return .deleteToStart
    case 23: return .deleteWord
    case 0..<32: return .unknown
    default:
      let length = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2
      if bytes.count < length { return nil }
      return String(decoding: bytes, as: UTF8.self).unicodeScalars.first.map { .scalar($0) } ?? .unknown
    }
  }

  /// Keys that have numbers.
  private static let named: [String: Key] = ["1": .start, "7": .start, "4": .end, "8": .end, "3": .delete]

  /// What comes after an escape character.
  private static func escape(_ bytes: [UInt8]) -> Key? {
    guard let first = bytes.first else { return nil }
    switch first {
    case UInt8(ascii: "b"): return .wordLeft
    case UInt8(ascii: "f"): return .wordRight
    case 127: return .deleteWord
    case UInt8(ascii: "["), UInt8(ascii: "O"):
      guard bytes.count > 1, let last = bytes.last else { return nil }
      // Numbers and semicolons come before the letter that ends the sequence.
      if 0x30...0x3F ~= last { return bytes.count < 12 ? nil : .unknown }
      let numbers = String(decoding: bytes[1..<bytes.count - 1], as: UTF8.self)
      let moved = numbers.hasSuffix(";5") || numbers.hasSuffix(";3")
      switch last {
      case UInt8(ascii: "A"): return .up
      case UInt8(ascii: "B"): return .down
      case UInt8(ascii: "C"): return moved ? .wordRight : .right
      case UInt8(ascii: "D"): return moved ? .wordLeft : .left
      case UInt8(ascii: "H"): return .start
      case UInt8(ascii: "F"): return .end
      case UInt8(ascii: "~"): return named[numbers] ?? .unknown
      default: return .unknown
      }
    default: return .unknown
    }
  }
}

/// A line that is being typed, and the lines before it.
struct LineBuffer {
  private(set) var characters: [Character] = []
  /// Before which character the next one goes.
  private(set) var cursor = 0
  private var history: [String] = []
  /// Which line of the history is shown; its end for the one that is new.
  private var place = 0
  private var unfinished: [Character] = []

  var text: String { String(characters) }

  /// Begins a new line.
  mutating func begin() {
    (characters, cursor, place, unfinished) = ([], 0, history.count, [])
  }

  /// Keeps the line for the history.
  mutating func keep() {
    if !characters.isEmpty && history.last != text { history.append(text) }
  }

  mutating func apply(_ key: Key) {
    switch key {
    case .scalar(let scalar): insert(scalar)
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(characters.count, cursor + 1)
    case .start: cursor = 0
    case .end: cursor = characters.count
    case .wordLeft: cursor = wordStart
    case .wordRight:
      while cursor < characters.count, characters[cursor].isWhitespace { cursor += 1 }
      while cursor < characters.count, !characters[cursor].isWhitespace { cursor += 1 }
    case .backspace: if cursor > 0 { remove(cursor - 1..<cursor) }
    case .delete, .endOfInput: if cursor < characters.count { remove(cursor..<cursor + 1) }
    case .deleteToEnd: remove(cursor..<characters.count)
    case .deleteToStart: remove(0..<cursor)
    case .deleteWord: remove(wordStart..<cursor)
    case .up: show(place - 1)
    case .down: show(place + 1)
    case .enter, .cancel, .clear, .unknown: break
    }
  }

  /// Where the word before the cursor begins.
  private var wordStart: Int {
    var start = cursor
    while start > 0, characters[start - 1].isWhitespace { start -= 1 }
    while start > 0, !characters[start - 1].isWhitespace { start -= 1 }
    return start
  }

  private mutating func insert(_ scalar: Unicode.Scalar) {
    if cursor > 0 {
      // An accent, or the next part of a syllable, goes onto the character before it.
      let joined = String(characters[cursor - 1]) + String(Character(scalar))
      if joined.count == 1, let character = joined.first {
        characters[cursor - 1] = character
        return
      }
    }
    characters.insert(Character(scalar), at: cursor)
    cursor += 1
  }

  private mutating func remove(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private mutating func show(_ new: Int) {
    guard (0...history.count).contains(new), new != place else { return }
    if place == history.count { unfinished = characters }
    place = new
    characters = new == history.count ? unfinished : Array(history[new])
    cursor = characters.count
  }

  /// The part that fits into so many columns, and the column of the cursor in it.
  func window(columns: Int) -> (text: String, column: Int) {
    var first = 0
    func width(_ range: Range<Int>) -> Int { characters[range].reduce(0) { $0 + DisplayWidth.of($1) } }
    while width(first..<cursor) >= columns { first += 1 }
    var last = cursor
    while last < characters.count, width(first..<last + 1) < columns { last += 1 }
    return (String(characters[first..<last]), width(first..<cursor))
  }
}
