import Synchronization

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

  static func write(_ text: String) { _ = writeAll(STDERR_FILENO, Array(text.utf8)) }

  static func line(_ text: String) { write(text + "\n") }

  /// Columns of the terminal.
  static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

/// Where results go: collected, and written in large pieces.
enum StandardOutput {
  static var isTerminal: Bool { !isCaptured.load(ordering: .relaxed) && isatty(STDOUT_FILENO) == 1 }
  private static let pending = Mutex<[UInt8]>([])
  private static let isCaptured = Atomic<Bool>(false)

  static func write(_ text: String) {
    let full = pending.withLock { bytes in
      bytes += text.utf8
      return bytes.count >= 1 << 16
    }
    if full { flush() }
  }

  static func line(_ text: String) { write(text + "\n") }

  /// What a piece of work writes, in the place of writing it.
  static func captured(_ body: () throws -> Void) rethrows -> String {
    flush()
    isCaptured.store(true, ordering: .relaxed)
    defer { isCaptured.store(false, ordering: .relaxed) }
    do { try body() } catch {
      pending.withLock { $0 = [] }
      throw error
    }
    return pending.withLock { bytes in
      defer { bytes = [] }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Writes what is collected, and ends the program in silence where nobody reads any more (`rnn generate ... | head`).
  static func flush() {
    if isCaptured.load(ordering: .relaxed) { return }
    let bytes = pending.withLock { bytes in
      defer { bytes = [] }
      return bytes
    }
    guard writeAll(STDOUT_FILENO, bytes) else {
      if errno == EPIPE { exit(0) }
      StandardError.line("Error: standard output cannot be written: \(String(cString: strerror(errno)))")
      exit(1)
    }
  }
}

private func writeAll(_ file: Int32, _ bytes: [UInt8]) -> Bool {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, bytes.count - done) }
    if count < 0 && errno == EINTR { continue }
    if count <= 0 { return false }
    done += count
  }
  return true
}

/// A monotonic clock, in seconds.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// 75 becomes 1:15, 3675 becomes 1:01:15.
func clockTime(_ seconds: Double) -> String {
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
