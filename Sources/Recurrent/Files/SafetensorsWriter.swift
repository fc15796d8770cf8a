#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Collects float32 tensors and writes them as one safetensors file, atomically.
public struct SafetensorsWriter {
  private var tensors: [(name: String, shape: [Int], write: (inout AtomicFile) throws(FileError) -> Void)] = []

  public init() {}

  /// - Parameters:
  ///   - write: writes the elements, 4 bytes each, in row-major order.
  package mutating func add(
    _ name: String, shape: [Int], _ write: @escaping (inout AtomicFile) throws(FileError) -> Void
  ) {
    tensors.append((name, shape, write))
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

  public func write(to path: String, metadata: [String: String] = [:]) throws(FileError) {
    var entries: [String] = metadata.isEmpty ? [] : ["\"__metadata__\":" + Self.json(metadata)]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.shape.reduce(4, *)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(Self.json(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    // The data starts at a multiple of 8 bytes.
    var header = Array(("{" + entries.joined(separator: ",") + "}").utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var file = try AtomicFile(path)
    try file.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header)
    for tensor in tensors { try tensor.write(&file) }
    try file.commit()
  }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and maps of strings always have a JSON form.
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
