#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a safetensors file is refused.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  case file(FileError)
  /// The file is not laid out as the format says.
  case malformed(path: String, detail: String)
  case missingTensor(path: String, name: String)
  case wrongType(path: String, name: String, type: String, wanted: String)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let path, let detail):
      "\(path) is not a whole safetensors file: \(detail); restore it from a copy or train anew"
    case .missingTensor(let path, let name): "\(path) has no tensor '\(name)'; it belongs to another model"
    case .wrongType(let path, let name, let type, let wanted):
      "\(path): tensor '\(name)' is of type \(type); \(wanted) is needed"
    }
  }
}

/// Named tensors in the safetensors format (github.com/huggingface/safetensors): an 8-byte little-endian length, a JSON
/// header of types, shapes and offsets, and the data. Nothing in the file is trusted.
public struct SafetensorsFile: Sendable {
  public let path: String
  public let metadata: [String: String]
  private let file: MappedFile
  private let entries: [String: Entry]
  private let dataStart: Int

  struct Entry: Sendable {
    var type: String
    var shape: [Int]
    var range: Range<Int>
  }

  /// Bytes of one element of each type that the format knows.
  private static let sizes = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1, "U16": 2,
    "U32": 4, "U64": 8,
  ]

  public init(reading path: String) throws(SafetensorsError) {
    self.path = path
    let file: MappedFile
    do { file = try MappedFile(path) } catch { throw .file(error) }
    let bytes = file.bytes
    func refuse(_ detail: String) -> SafetensorsError { .malformed(path: path, detail: detail) }
    guard bytes.count >= 8 else { throw refuse("it has \(bytes.count) bytes") }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= 100_000_000, Int(length) <= bytes.count - 8 else {
      throw refuse("its header claims \(length) bytes of \(bytes.count - 8)")
    }
    dataStart = 8 + Int(length)
    let dataCount = bytes.count - dataStart
    guard let header = try? SafetensorsHeader.decode(bytes[8..<dataStart]) else {
      throw refuse("its header is not a JSON object of tensors")
    }
    var entries: [String: Entry] = [:]
    for (name, tensor) in header.tensors {
      guard let size = Self.sizes[tensor.dtype] else { throw refuse("'\(name)' is of type '\(tensor.dtype)'") }
      var count = size
      for axis in tensor.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: axis)
        guard axis >= 0, !overflow else { throw refuse("the shape of '\(name)' is \(tensor.shape)") }
        count = product
      }
      let offsets = tensor.offsets
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataCount,
        offsets[1] - offsets[0] == count
      else { throw refuse("'\(name)' lies at \(offsets) of \(dataCount) bytes, with shape \(tensor.shape)") }
      entries[name] = Entry(type: tensor.dtype, shape: tensor.shape, range: offsets[0]..<offsets[1])
    }
    // Without holes and overlaps, as the format demands.
    var end = 0
    for entry in entries.values.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == end else { throw refuse("its tensors overlap or leave holes") }
      end = entry.range.upperBound
    }
    guard end == dataCount else { throw refuse("\(dataCount - end) bytes belong to no tensor") }
    metadata = header.metadata
    self.file = file
    self.entries = entries
  }

  public var names: [String] { entries.keys.sorted() }

  public func shape(_ name: String) throws(SafetensorsError) -> [Int] { try entry(name).shape }

  private func entry(_ name: String) throws(SafetensorsError) -> Entry {
    guard let entry = entries[name] else { throw .missingTensor(path: path, name: name) }
    return entry
  }

  /// The type of a tensor as the format spells it, and its bytes, which nothing aligns.
  func raw(_ name: String) throws(SafetensorsError) -> (type: String, bytes: Slice<UnsafeRawBufferPointer>) {
    let entry = try entry(name)
    let start = dataStart + entry.range.lowerBound
    return (entry.type, file.bytes[start..<start + entry.range.count])
  }

  /// The elements of an F32 tensor.
  public func floats(_ name: String) throws(SafetensorsError) -> [Float] {
    let entry = try entry(name)
    guard entry.type == "F32" else { throw .wrongType(path: path, name: name, type: entry.type, wanted: "F32") }
    return (0..<entry.range.count / 4).map {
      Float(
        bitPattern: UInt32(
          littleEndian: file.bytes.loadUnaligned(
            fromByteOffset: dataStart + entry.range.lowerBound + 4 * $0, as: UInt32.self)))
    }
  }

  /// The elements of an I32 or I64 tensor.
  public func integers(_ name: String) throws(SafetensorsError) -> [Int] {
    let entry = try entry(name)
    let start = dataStart + entry.range.lowerBound
    switch entry.type {
    case "I32":
      return (0..<entry.range.count / 4).map {
        Int(Int32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Int32.self)))
      }
    case "I64":
      return (0..<entry.range.count / 8).map {
        Int(Int64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: start + 8 * $0, as: Int64.self)))
      }
    default: throw .wrongType(path: path, name: name, type: entry.type, wanted: "I32 or I64")
    }
  }
}

/// The JSON of a safetensors header.
private enum SafetensorsHeader {
  struct Tensor: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  struct Header: Decodable {
    var tensors: [String: Tensor] = [:]
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
        }
      }
    }
  }

  struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  static func decode(_ bytes: Slice<UnsafeRawBufferPointer>) throws -> Header {
    try JSONDecoder().decode(Header.self, from: Data(bytes))
  }
}
