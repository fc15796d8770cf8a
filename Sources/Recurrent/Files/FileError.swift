#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the operating system refused to do with a file.
public enum FileError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// The disk is full; what stood there before is whole.
  case diskFull(path: String)

  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such file or folder; check the path"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .diskFull(let path):
      "\(path) cannot be written: the disk is full; make room and try again (what was there before is unchanged)"
    }
  }

  /// The error that `errno` stands for.
  package static func reading(_ path: String, _ code: Int32 = errno) -> FileError {
    code == ENOENT ? .missing(path: path) : .unreadable(path: path, reason: String(cString: strerror(code)))
  }

  package static func writing(_ path: String, _ code: Int32 = errno) -> FileError {
    code == ENOSPC || code == EDQUOT
      ? .diskFull(path: path) : .unwritable(path: path, reason: String(cString: strerror(code)))
  }
}
