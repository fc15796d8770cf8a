#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where everything goes that is not a result.
enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = writeBytes(STDERR_FILENO, bytes.baseAddress! + written, bytes.count - written)
        if count <= 0 { return }
        written += count
      }
    }
  }

  static func line(_ text: String) { write(text + "\n") }

  /// Columns of the terminal.
  static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

// The name `write` is taken by the function above.
private func writeBytes(_ file: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
  write(file, bytes, count)
}

/// Where results go.
enum StandardOutput {
  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Writes bytes, and ends the program in silence where nobody reads any more (`rnn generate ... | head`).
  static func write(_ bytes: [UInt8]) {
    let done = fwrite(bytes, 1, bytes.count, stdout) == bytes.count
    if !done { exit(0) }
  }

  static func write(_ text: String) { write(Array(text.utf8)) }
  static func line(_ text: String) { write(text + "\n") }

  static func flush() { if fflush(stdout) != 0 { exit(0) } }
}

/// A monotonic clock, in seconds.
func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// 75 becomes 1:15, 3675 becomes 1:01:15.
func clock(_ seconds: Double) -> String {
  let whole = Int(max(0, seconds).rounded())
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  let padded = rest < 10 ? "0\(rest)" : "\(rest)"
  return hours > 0 ? "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(padded)" : "\(minutes):\(padded)"
}

/// A number with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  var factor = 1.0
  for _ in 0..<decimals { factor *= 10 }
  let scaled = (value.magnitude * factor).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let digits = String(Int(scaled))
  let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
  let sign = value < 0 && scaled != 0 ? "-" : ""
  return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}

/// 12,345
func grouped(_ value: Int) -> String {
  var digits = Array(String(value.magnitude))
  for index in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: index) }
  return (value < 0 ? "-" : "") + String(digits)
}
