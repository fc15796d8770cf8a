#if os(Linux) && canImport(Glibc)
  import Foundation
  import Glibc
  import TestSupport
  import Testing

  /// `rnn chat` on a terminal of its own, and what a person presses there.
  @Suite(.timeLimit(.minutes(3))) struct LineEditingTests {
    /// Sends keys to a chat, and gives what was asked, which `/save` writes down.
    private func questions(_ keys: [String]) throws -> [String] {
      let folder = try TemporaryFolder()
      let model = "\(folder.path)/model"
      let pairs = (0..<40).map { "안녕 hello\($0 % 4)\tb\($0 % 3)\n" }.joined()
      let table = try folder.write(pairs.utf8, to: "pairs.tsv")
      let made = try Program.run(
        [
          "train", "seq2seq", table, "--tokenizer", "char", "--hidden", "4", "--embedding", "4", "--steps", "1",
          "--validation", "0",
          "--quiet", "--out", model,
        ], folder: folder)
      #expect(made.status == 0, "\(made.error)")
      let saved = "\(folder.path)/said.txt"
      // A new terminal: TIOCSPTLCK unlocks it, TIOCGPTN gives its number.
      let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var (locked, number): (Int32, Int32) = (0, -1)
      let opened = main >= 0 && ioctl(main, 0x4004_5431, &locked) == 0 && ioctl(main, 0x8004_5430, &number) == 0
      try #require(opened)
      let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
      try #require(terminal >= 0)
      // Keys that come before the program listens must not be taken for those of a terminal that edits lines itself.
      var raw = termios()
      tcgetattr(terminal, &raw)
      cfmakeraw(&raw)
      tcsetattr(terminal, TCSANOW, &raw)
      let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["chat", model, "--length", "3"]
      (process.standardInput, process.standardOutput, process.standardError) = (handle, handle, handle)
      try process.run()
      // What the program shows is read along, so that it never waits.
      let reader = Thread {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(main, &buffer, buffer.count) > 0 {}
      }
      reader.start()
      for key in keys + ["/save \(saved)\r", "\u{4}"] {
        let bytes = Array(key.utf8)
        #expect(write(main, bytes, bytes.count) == bytes.count)
      }
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      close(main)
      let text = String(decoding: try folder.read("said.txt"), as: UTF8.self)
      return text.split(separator: "\n").filter { $0.hasPrefix("> ") }.map { String($0.dropFirst(2)) }
    }

    @Test func linesCanBeEdited() throws {
      let (left, right, up, down) = ("\u{1B}[D", "\u{1B}[C", "\u{1B}[A", "\u{1B}[B")
      let said = try questions([
        "helo\(left)l\r",  // put in before the last letter
        "abc\u{7F}\u{7F}x\r",  // backspace
        "one two\u{17}three\r",  // delete a word
        "tail\u{1}head \r",  // to the start
        "abcd\(left)\(left)\u{B}\r",  // delete to the end
        "abcd\(left)\u{15}\r",  // delete to the start
        "gone\u{3}kept\r",  // Ctrl-C gives a new line
        "\(up)!\r",  // the line before, and more
        "\(up)\(up)\(down)\(right)?\r",  // two back, one on
        "안녕\(left)\u{7F}\r",  // wide characters
        "e\u{301}x\(left)\u{7F}a\r",  // an accent belongs to its letter
        "ab\u{1B}[1;5Dc\u{1B}[Fd\u{1B}[Hx\u{1B}[3~\r",  // by words, to both ends, delete
        "new\(up)\(down)er\r",  // what was begun comes back
      ])
      #expect(
        said == [
          "hello", "ax", "one three", "head tail", "ab", "d", "kept", "kept!", "kept!?", "녕", "ax", "xabd", "newer",
        ], "\(said)")
    }
  }
#endif
