import Recurrent

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines of a file or of standard input, as they come.
enum Lines {
  /// Calls `body` with each line, its line end included where it has one, and with whether more is at hand at once.
  ///
  /// - Parameter shouldStop: ends the reading, also while nothing comes.
  static func forEach(
    _ path: String, shouldStop: () -> Bool = { false }, _ body: ([UInt8], _ more: Bool) throws -> Void
  ) throws {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.reading(path) }
    defer { if path != "-" { close(descriptor) } }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var line: [UInt8] = []
    while !shouldStop() {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError.reading(path) }
      if count == 0 { break }
      var rest = buffer[..<count]
      while let end = rest.firstIndex(of: 10) {
        line += rest[...end]
        rest = rest[(end + 1)...]
        // A full buffer means that more is waiting.
        try body(line, !rest.isEmpty || count == buffer.count)
        line.removeAll(keepingCapacity: true)
      }
      line += rest
    }
    try body(line, false)
  }
}
