#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The types of elements that are written.
public enum SafetensorsType: String, Sendable {
  case float32 = "F32"
  case int32 = "I32"
  case bfloat16 = "BF16"
  case int8 = "I8"

  /// Bytes of one element.
  var size: Int {
    switch self {
    case .float32, .int32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }
}

/// Collects tensors and writes them as one safetensors file, atomically.
public struct SafetensorsWriter {
  private typealias Write = (inout AtomicFile) throws(FileError) -> Void
  private var tensors: [(name: String, type: SafetensorsType, shape: [Int], write: Write)] = []

  public init() {}

  /// - Parameters:
  ///   - write: writes the elements, little-endian, in row-major order.
  package mutating func add(
    _ name: String, _ type: SafetensorsType = .float32, shape: [Int],
    _ write: @escaping (inout AtomicFile) throws(FileError) -> Void
  ) {
    tensors.append((name, type, shape, write))
  }

  /// Adds a tensor of float32.
  public mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, shape: shape) { file throws(FileError) in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(floats.count * 4)
      for value in floats { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
      try file.write(bytes)
    }
  }

  /// Adds a list of whole numbers of 32 bits.
  /// - Precondition: each number has room.
  public mutating func add(_ name: String, integers: [Int]) {
    add(name, .int32, shape: [integers.count]) { file throws(FileError) in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(integers.count * 4)
      for value in integers { withUnsafeBytes(of: Int32(value).littleEndian) { bytes.append(contentsOf: $0) } }
      try file.write(bytes)
    }
  }

  public func write(to path: String, metadata: [String: String] = [:]) throws(FileError) {
    var entries: [String] = metadata.isEmpty ? [] : ["\"__metadata__\":" + Self.json(metadata)]
    var offset = 0
    // Larger elements first, so that each lies at a multiple of its size.
    let ordered = [4, 2, 1].flatMap { size in tensors.filter { $0.type.size == size } }
    for tensor in ordered {
      let end = offset + tensor.shape.reduce(tensor.type.size, *)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(Self.json(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    // The data starts at a multiple of 8 bytes.
    var header = Array(("{" + entries.joined(separator: ",") + "}").utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var file = try AtomicFile(path)
    try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header)
    for tensor in ordered { try tensor.write(&file) }
    try file.commit()
  }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and maps of strings always have a JSON form.
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
