import CKernels

/// How the weights of matrix products are kept for inference.
public enum WeightFormat: String, Codable, CaseIterable, Sendable {
  case float32
  /// The upper half of a float32, rounded to nearest even: 8 significant bits in 2 bytes a weight.
  case bfloat16
  /// From -127 to 127 in 1 byte a weight, and one float32 scale for each output. The vectors that they are multiplied with are
  /// rounded to 16 bits.
  case int8
}

/// A matrix of weights W `[n, k]`, packed for the product with one vector after another.
package struct NarrowMatrix: Sendable {
  package let format: WeightFormat
  /// The number of outputs.
  package let n: Int
  /// The number of inputs.
  package let k: Int
  /// Float32 where that is the format; otherwise narrow elements in the same memory.
  private let packed: Buffer
  /// `[n]` for int8, otherwise empty.
  private let scales: Buffer

  /// - Parameter w: `[n, k]`, row-major without gaps.
  package init(transposing w: UnsafePointer<Float>, n: Int, k: Int, format: WeightFormat) {
    (self.format, self.n, self.k) = (format, n, k)
    // What the kernels ask for; a buffer counts in floats.
    let elements = k * ((n + 31) / 32 * 32)
    switch format {
    case .float32:
      packed = PackedMatrix(transposing: w, n: n, k: k, stride: k).buffer
      scales = Buffer(count: 0)
    case .bfloat16:
      packed = Buffer(count: (elements + 1) / 2)
      scales = Buffer(count: 0)
      rn_pack_bfloat16(Narrowing.bfloat16(w, count: n * k), k, k, n, Self.halves(packed))
    case .int8:
      packed = Buffer(count: (k + 3) / 4 * ((n + 31) / 32 * 32))
      scales = Buffer(count: n)
      let (values, factors) = Narrowing.int8(w, rows: n, columns: k)
      rn_pack_int8(values, k, k, n, Self.bytes(packed))
      for (row, factor) in factors.enumerated() { scales.pointer[row] = factor }
    }
  }

  /// - Parameter w: `[n, k]`
  package init(transposing w: Tensor, format: WeightFormat) {
    self = w.withUnsafePointer { Self(transposing: $0, n: w.shape[0], k: w.shape[1], format: format) }
  }

  private static func halves(_ buffer: Buffer) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UInt16.self)
  }

  private static func bytes(_ buffer: Buffer) -> UnsafeMutablePointer<Int8> {
    UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Int8.self)
  }

  /// y = W x, plus what y held, or plus a bias. On the calling thread; allocates nothing.
  ///
  /// - Parameters:
  ///   - x: `[k]`.
  ///   - y: `[n]`, elsewhere than x.
  ///   - bias: `[n]`, or nil for zeros; unused where `accumulate`.
  package func multiply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>? = nil,
    accumulate: Bool = false
  ) {
    switch format {
    case .float32:
      var from: UnsafePointer<Float>? = x
      var to: UnsafeMutablePointer<Float>? = y
      rn_matmul(&from, 1, k, packed.pointer, n, &to, 0, bias, accumulate)
    case .bfloat16:
      rn_matvec_bfloat16(x, k, Self.halves(packed), n, y, bias, accumulate)
    case .int8:
      rn_matvec_int8(x, k, Self.bytes(packed), scales.pointer, n, y, bias, accumulate)
    }
    withExtendedLifetime((packed, scales)) {}
  }
}

/// Weights narrowed in the order in which they lie, as files hold them.
package enum Narrowing {
  /// The upper halves of floats, rounded to nearest even.
  package static func bfloat16(_ x: UnsafePointer<Float>, count: Int) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: count) { halves, initialized in
      if count > 0 { rn_narrow_bfloat16(x, count, halves.baseAddress) }
      initialized = count
    }
  }

  /// Int8 values and the scale of each row, by which they stand for `value * scale`.
  /// - Parameter x: `[rows, columns]`.
  package static func int8(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int
  ) -> (values: [Int8], scales: [Float]) {
    var scales = [Float](repeating: 0, count: rows)
    let values = [Int8](unsafeUninitializedCapacity: rows * columns) { values, initialized in
      if let base = values.baseAddress {
        for row in 0..<rows { scales[row] = rn_narrow_int8(x + row * columns, columns, base + row * columns) }
      }
      initialized = rows * columns
    }
    return (values, scales)
  }
}
