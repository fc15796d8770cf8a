import Tensors

// Weights in bfloat16 (BF16) and int8 (I8, with the scales of the rows as F32 under the same name and `.scale`).

extension SafetensorsWriter {
  /// The name of the scales of an int8 tensor.
  static func scaleName(_ name: String) -> String { name + ".scale" }

  /// Adds a matrix in a format.
  /// - Parameter tensor: `[rows, columns]`; for int8, each row has its scale.
  package mutating func add(_ name: String, narrowing tensor: Tensor, to format: WeightFormat) {
    let shape = tensor.shape
    precondition(shape.rank == 2, "\(name) of shape \(shape) is not a matrix")
    switch format {
    case .float32:
      add(name, shape: shape.array, floats: tensor.scalars)
    case .bfloat16:
      let halves = tensor.withUnsafePointer { Narrowing.bfloat16($0, count: shape.count) }
      // Numbers on disk are little-endian, as on every processor that this runs on.
      add(name, .bfloat16, shape: shape.array) { file throws(FileError) in try file.write(elements: halves) }
    case .int8:
      let (values, scales) = tensor.withUnsafePointer { Narrowing.int8($0, rows: shape[0], columns: shape[1]) }
      add(Self.scaleName(name), shape: [shape[0]], floats: scales)
      add(name, .int8, shape: shape.array) { file throws(FileError) in try file.write(elements: values) }
    }
  }
}

extension AtomicFile {
  fileprivate mutating func write(elements: [some FixedWidthInteger]) throws(FileError) {
    do { try elements.withUnsafeBytes { try write($0) } } catch let error as FileError { throw error } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }
}

extension SafetensorsFile {
  /// The names of the scales that int8 tensors of this file have.
  func scaleNames() throws(SafetensorsError) -> Set<String> {
    var found = Set<String>()
    for name in names where try raw(name).type == SafetensorsType.int8.rawValue {
      found.insert(SafetensorsWriter.scaleName(name))
    }
    return found
  }

  /// The elements of an F32 tensor, of a BF16 tensor, or of an I8 matrix times the scales of its rows, none of which
  /// rounds.
  ///
  /// - Throws: `wrongType` for other types; `malformed` where there is not one scale for each row of a matrix.
  public func widened(_ name: String) throws(SafetensorsError) -> [Float] {
    let (type, bytes) = try raw(name)
    switch SafetensorsType(rawValue: type) {
    case .float32: return try floats(name)
    case .bfloat16:
      let base = UnsafeRawBufferPointer(rebasing: bytes)
      return (0..<base.count / 2).map {
        let half = UInt16(littleEndian: base.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
        return Float(bitPattern: UInt32(half) << 16)
      }
    case .int8:
      let shape = try shape(name)
      let scales = try floats(SafetensorsWriter.scaleName(name))
      guard shape.count == 2, try self.shape(SafetensorsWriter.scaleName(name)) == [shape[0]] else {
        throw .malformed(path: path, detail: "'\(name)' of shape \(shape) has \(scales.count) scales")
      }
      let base = UnsafeRawBufferPointer(rebasing: bytes)
      return base.indices.map { Float(Int8(bitPattern: base[$0])) * scales[$0 / shape[1]] }
    case .int32, nil:
      throw .wrongType(path: path, name: name, type: type, wanted: "F32, BF16 or I8")
    }
  }
}

extension MappedFile {
  /// 64 bits that change when the file does, to know a file again; no protection from those who mean harm.
  ///
  /// FNV-1a (Fowler, Noll and Vo) over words of eight bytes, turned after each, since high bits alone would stay high.
  package var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x100_0000_01B3
      hash = hash << 29 | hash >> 35
    }
    let whole = bytes.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    for byte in bytes[whole...] { mix(UInt64(byte)) }
    mix(UInt64(bytes.count))
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
