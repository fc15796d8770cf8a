#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why there is no text.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  case file(FileError)
  case noMatch(folder: String, include: [String])
  case empty(path: String)
  case notUTF8(path: String, offset: Int, byte: UInt8)
  case unknownCharacter(Character, offset: Int)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .noMatch(let folder, let include):
      include.isEmpty
        ? "\(folder): the folder holds no files; name another"
        : "\(folder): no file in this folder matches \(include.joined(separator: " ")); try another --include"
    case .empty(let path): "\(path): there is no text in it; name a file that is not empty"
    case .notUTF8(let path, let offset, let byte):
      "\(path): byte \(offset) (0x\(String(byte, radix: 16, uppercase: true))) is not UTF-8; convert the file, or use "
        + "--tokenizer byte, which reads any bytes"
    case .unknownCharacter(let character, let offset):
      "the model has never seen the character \(Self.name(character)) (byte \(offset) of the text); leave it out, or "
        + "train with a text that has it"
    }
  }

  private static func name(_ character: Character) -> String {
    let codes = character.unicodeScalars.map { "U+" + String($0.value, radix: 16, uppercase: true) }
    return "'\(character)' (\(codes.joined(separator: " ")))"
  }
}

/// A text to learn from or to look at: one or many files, read one after another in constant memory.
public final class Corpus: Sendable {
  /// The files in the order of reading.
  public let files: [String]
  /// What the user calls each of them.
  private let names: [String]
  private let spooled: [String]

  /// - Parameters:
  ///   - paths: files, folders, or `-` for standard input. A folder stands for the files in and below it whose names do
  ///     not begin with a dot, in the order of their paths.
  ///   - include: patterns of which a file in a folder must match one; none admits all.
  public init(_ paths: [String], include: [String] = []) throws(CorpusError) {
    let globs = include.map { Glob($0) }
    var files: [String] = []
    var names: [String] = []
    var spooled: [String] = []
    defer { _ = spooled }
    for path in paths {
      if path == "-" {
        let copy = try Self.spool(descriptor: STDIN_FILENO, name: "standard input")
        spooled.append(copy)
        files.append(copy)
        names.append("standard input")
        continue
      }
      var information = stat()
      guard stat(path, &information) == 0 else { throw .file(.reading(path)) }
      switch information.st_mode & S_IFMT {
      case S_IFDIR:
        let found = try Self.walk(path).filter { file in
          let below = file.dropFirst(path.count).drop { $0 == "/" }
          return globs.isEmpty || globs.contains { $0.matches(String(below)) }
        }
        if found.isEmpty { throw .noMatch(folder: path, include: include) }
        files += found
        names += found
      case S_IFREG:
        files.append(path)
        names.append(path)
      default:
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(.reading(path)) }
        defer { close(descriptor) }
        let copy = try Self.spool(descriptor: descriptor, name: path)
        spooled.append(copy)
        files.append(copy)
        names.append(path)
      }
    }
    self.files = files
    self.names = names
    self.spooled = spooled
    if byteCount == 0 { throw .empty(path: paths.joined(separator: " ")) }
  }

  deinit { for file in spooled { unlink(file) } }

  /// The size of all files.
  public var byteCount: Int {
    files.reduce(0) { sum, file in
      var information = stat()
      return stat(file, &information) == 0 ? sum + Int(information.st_size) : sum
    }
  }

  /// Calls `body` with the bytes of all files in order, in pieces of at most a mebibyte, and with the index of the file.
  public func forEachChunk(_ body: (_ file: Int, UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 64)
    defer { buffer.deallocate() }
    for (index, path) in files.enumerated() {
      // Read, not mapped: a file that someone shortens meanwhile ends early instead of ending the program.
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw CorpusError.file(.reading(path)) }
      defer { close(descriptor) }
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw CorpusError.file(.reading(path)) }
        if count == 0 { break }
        try body(index, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }

  private static let chunk = 1 << 20

  /// What the user calls a file.
  public func name(_ file: Int) -> String { names[file] }

  /// A pipe cannot be read twice, so it is copied to a temporary file.
  private static func spool(descriptor: Int32, name: String) throws(CorpusError) -> String {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/rnn-XXXXXX".utf8CString)
    let copy = mkstemp(&template)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard copy >= 0 else { throw .file(.writing(path)) }
    defer { close(copy) }
    var buffer = [UInt8](repeating: 0, count: chunk)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .file(.reading(name)) }
      if count == 0 { return path }
      var done = 0
      while done < count {
        let written = buffer.withUnsafeBytes { write(copy, $0.baseAddress! + done, count - done) }
        guard written > 0 else {
          unlink(path)
          throw .file(.writing(path))
        }
        done += written
      }
    }
  }

  /// Regular files below a folder, sorted by path. Links to folders are not followed, so there are no loops.
  private static func walk(_ folder: String) throws(CorpusError) -> [String] {
    guard let directory = opendir(folder) else { throw .file(.reading(folder)) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    var files: [String] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      var link = stat()
      var target = stat()
      guard lstat(path, &link) == 0, stat(path, &target) == 0 else { continue }
      if target.st_mode & S_IFMT == S_IFREG {
        files.append(path)
      } else if link.st_mode & S_IFMT == S_IFDIR {
        files += try walk(path)
      }
    }
    return files
  }
}
