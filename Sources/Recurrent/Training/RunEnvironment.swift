import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine that a run is on.
public struct RunEnvironment: Sendable, Hashable, Codable {
  /// As it calls itself.
  public var processor: String
  public var processors: Int
  public var threads: Int
  /// The instruction set of the kernels.
  public var kernels: String
  /// Name, release and architecture.
  public var system: String

  /// This machine, with the threads that are set now.
  public static var current: RunEnvironment {
    RunEnvironment(
      processor: processorName ?? "unknown", processors: ThreadPool.processors, threads: ThreadPool.shared.threads,
      kernels: Kernels.name, system: systemName)
  }

  private static var systemName: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return [text(names.sysname), text(names.release), text(names.machine)].joined(separator: " ")
  }

  private static var processorName: String? {
    #if canImport(Darwin)
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 4096)
      while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, ["model name", "Processor", "cpu model"].contains(where: parts[0].hasPrefix) else {
          continue
        }
        return String(parts[1].drop { $0 == " " }.prefix { $0 != "\n" })
      }
      return nil
    #endif
  }
}
