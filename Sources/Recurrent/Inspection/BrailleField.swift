/// Characters of a terminal that are lit in eight dots each.
struct BrailleField {
  private let width: Int
  private let height: Int
  private var dots: [UInt8]
  private var isShaded: [Bool]
  private var letters: [Int: Character] = [:]
  /// Of the dots, and of the shade, of each character: a code such as 34 for blue, nil for the terminal's own.
  private var colours: [Int?]
  private var shades: [Int?]

  /// - Parameters:
  ///   - width: characters in a row, of two dots each.
  ///   - height: rows, of four dots each.
  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    dots = Array(repeating: 0, count: width * height)
    isShaded = Array(repeating: false, count: width * height)
    colours = Array(repeating: nil, count: width * height)
    shades = colours
  }

  /// The bit of each dot of a character, by row and column.
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  /// Lights the dots of a line; the colour is that of the last line through a character.
  mutating func draw(from start: (Double, Double), to end: (Double, Double), colour: Int?) {
    let steps = max(1, Int(max(abs(end.0 - start.0), abs(end.1 - start.1)).rounded(.up)))
    for step in 0...steps {
      let part = Double(step) / Double(steps)
      let (x, y) = (
        Int((start.0 + part * (end.0 - start.0)).rounded()), Int((start.1 + part * (end.1 - start.1)).rounded())
      )
      guard x >= 0, x < 2 * width, y >= 0, y < 4 * height else { continue }
      let cell = y / 4 * width + x / 2
      dots[cell] |= Self.bits[y % 4][x % 2]
      colours[cell] = colour
    }
  }

  /// Shades a column of characters between two rows.
  mutating func shade(_ column: Int, from top: Double, to bottom: Double, colour: Int?) {
    guard column >= 0, column < width, top.isFinite, bottom.isFinite else { return }
    let (first, last) = (max(0, Int(max(0, top))), min(height - 1, Int(max(0, min(1e6, bottom)))))
    guard first <= last else { return }
    for row in first...last {
      isShaded[row * width + column] = true
      shades[row * width + column] = colour
    }
  }

  /// Puts a letter over the dots, at the place nearest to this one in its row that has none yet.
  mutating func put(_ letter: Character, column: Int, row: Int, colour: Int?) {
    let row = max(0, min(height - 1, row))
    let free = (0..<width).filter { letters[row * width + $0] == nil }
    guard let place = free.min(by: { abs($0 - column) < abs($1 - column) }) else { return }
    letters[row * width + place] = letter
    colours[row * width + place] = colour
  }

  func row(_ row: Int, coloured: Bool) -> String {
    var text = ""
    for column in 0..<width {
      let cell = row * width + column
      let lit = dots[cell] != 0 || letters[cell] != nil
      let dotted = Character(UnicodeScalar(0x2800 + UInt32(dots[cell])) ?? " ")
      let character = letters[cell] ?? (dots[cell] != 0 ? dotted : isShaded[cell] ? "░" : " ")
      if coloured, let colour = lit ? colours[cell] : isShaded[cell] ? shades[cell] : nil {
        text += "\u{1B}[\(colour)m\(character)\u{1B}[0m"
      } else {
        text.append(character)
      }
    }
    return text
  }
}
