#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears whole or not at all: written beside its place, flushed to the disk, and renamed.
public struct AtomicFile: ~Copyable {
  public let path: String
  private let temporary: String
  private let descriptor: Int32
  private var pending: [UInt8] = []

  /// Starts a file; its place stays as it is until `commit()`.
  public init(_ path: String) throws(FileError) {
    self.path = path
    temporary = "\(path).partial-\(getpid())"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .writing(path) }
  }

  deinit {
    close(descriptor)
    unlink(temporary)
  }

  /// Appends bytes.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if bytes.count < Self.block {
      pending.append(contentsOf: bytes)
      if pending.count >= Self.block { try flush() }
    } else {
      try flush()
      try put(bytes)
    }
  }

  private static let block = 1 << 18

  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    do { try bytes.withUnsafeBytes { try write($0) } } catch let error as FileError { throw error } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }

  private mutating func flush() throws(FileError) {
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    do { try bytes.withUnsafeBytes { try put($0) } } catch let error as FileError { throw error } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = systemWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .writing(path) }
      done += count
    }
  }

  /// Overwrites bytes near the start that were written before, such as a header whose counts are known only at the end.
  public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try flush()
    guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else { throw .writing(path) }
  }

  /// Puts the file in its place.
  public consuming func commit() throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw .writing(path) }
    // The name itself reaches the disk with its folder.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let directory = open(folder, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) { unlink(path) }

  /// Writes a whole file.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int { write(file, bytes, count) }
