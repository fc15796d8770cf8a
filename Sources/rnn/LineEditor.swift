#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines that a person types on a terminal, and can edit.
final class LineEditor {
  private let prompt: String
  private let before: termios
  private var buffer = LineBuffer()
  private var decoder = KeyDecoder()

  /// - Returns: nil unless a person sits at both ends.
  init?(prompt: String) {
    self.prompt = prompt
    var settings = termios()
    guard isatty(STDIN_FILENO) == 1, StandardOutput.isTerminal, tcgetattr(STDIN_FILENO, &settings) == 0 else {
      return nil
    }
    before = settings
  }

  /// The next line; nil at the end of the input.
  func read() -> String? {
    var raw = before
    cfmakeraw(&raw)
    // Output stays as it is: a line feed still begins a new line.
    raw.c_oflag = before.c_oflag
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    defer {
      var settings = before
      tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    }
    buffer.begin()
    draw()
    while true {
      var byte: UInt8 = 0
      let count = systemRead(&byte)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return nil }
      guard let key = decoder.key(byte) else { continue }
      switch key {
      case .enter:
        buffer.keep()
        finish()
        return buffer.text
      case .cancel:
        finish()
        buffer.begin()
      case .endOfInput where buffer.characters.isEmpty:
        finish()
        return nil
      case .clear: StandardOutput.write("\u{1B}[H\u{1B}[2J")
      default: buffer.apply(key)
      }
      draw()
    }
  }

  private func draw() {
    let (text, column) = buffer.window(columns: max(10, StandardError.columns - prompt.count - 1))
    StandardOutput.write("\r\(prompt)\(text)\u{1B}[K\r\u{1B}[\(prompt.count + column)C")
    StandardOutput.flush()
  }

  private func finish() {
    StandardOutput.write("\r\n")
    StandardOutput.flush()
  }
}

private func systemRead(_ byte: inout UInt8) -> Int { read(STDIN_FILENO, &byte, 1) }
