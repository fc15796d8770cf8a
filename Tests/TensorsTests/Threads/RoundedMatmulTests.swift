import CKernels
import Tensors
import TestSupport
import Testing

/// Products of operands rounded to bfloat16, on every instruction set and with pairs emulated, against sums in `Double` of
/// operands that are rounded here.
@Suite struct RoundedMatmulTests {
  static let tables = KernelTable.all + [KernelTable.emulated].compactMap { $0 }

  /// To nearest even; subnormal numbers become zero.
  private static func rounded(_ x: Float) -> Float {
    guard x.isNormal else { return x.isSubnormal ? 0 : x }
    let down = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
    let up = Float(bitPattern: down.bitPattern + 0x1_0000)
    let below = abs(Double(x) - Double(down))
    // IEEE 754 rounds to infinity as if it were the next number, 2^128.
    let above = min(abs(Double(up)), 0x1p128) - abs(Double(x))
    return below < above || (below == above && down.bitPattern & 0x1_0000 == 0) ? down : up
  }

  /// One product: c = start + a B, with all operands in rows, and a row of a longer than k.
  private struct Case {
    let (m, k, n): (Int, Int, Int)
    let a: [Float]
    let b: [Float]
    let start: [Float]
    var stride: Int { k + 3 }

    init(_ m: Int, _ k: Int, _ n: Int) {
      (self.m, self.k, self.n) = (m, k, n)
      a = sampleValues(m * (k + 3), in: -1...1, seed: 1)
      b = sampleValues(k * n + 1, in: -1...1, seed: 2)
      start = sampleValues(m * n, in: -1...1, seed: 3)
    }
  }

  private enum Start: CaseIterable { case zero, bias, accumulated }

  private static func pointers(_ base: UnsafePointer<Float>, _ count: Int, _ stride: Int) -> [UnsafePointer<Float>?] {
    (0..<count).map { base + $0 * stride }
  }

  /// B, packed from its rows, a part of them at a time, or from its transpose.
  private static func packed(_ table: KernelTable, _ c: Case, transposing: Bool) -> Buffer {
    let kernels = table.kernels
    let words = (c.k + 1) / 2 * Int(kernels.pair_words)
    let lanes = Int(kernels.lanes)
    let packed = Buffer(count: words * ((c.n + lanes - 1) / lanes * lanes))
    if transposing {
      let w = (0..<c.n * c.k).map { c.b[$0 % max(1, c.k) * c.n + $0 / max(1, c.k)] }
      kernels.pack_transposed_rounded(w, c.k, c.k, c.n, packed.pointer)
    } else {
      let middle = c.k / 4 * 2
      c.b.withUnsafeBufferPointer { b in
        let rows = pointers(b.baseAddress!, c.k, c.n)
        kernels.pack_rounded(rows, middle, c.k - middle, c.k, c.n, packed.pointer)
        kernels.pack_rounded(rows, 0, middle, c.k, c.n, packed.pointer)
      }
    }
    return packed
  }

  private static func product(_ table: KernelTable, _ c: Case, _ start: Start, transposing: Bool) -> [Float] {
    let packed = packed(table, c, transposing: transposing)
    var result = start == .accumulated ? c.start : [Float](repeating: 7, count: c.m * c.n)
    c.a.withUnsafeBufferPointer { a in
      result.withUnsafeMutableBufferPointer { result in
        let base = result.baseAddress!
        let outputs: [UnsafeMutablePointer<Float>?] = (0..<c.m).map { base + $0 * c.n }
        table.kernels.matmul_rounded(
          pointers(a.baseAddress!, c.m, c.stride), c.m, c.k, packed.pointer, c.n, outputs, 0,
          start == .bias ? c.start : nil, start == .accumulated)
      }
    }
    withExtendedLifetime(packed) {}
    return result
  }

  /// On both sides of the borders of pairs, vectors, tiles, panels and blocks of both kinds.
  static let sizes = [
    (1, 1, 1), (1, 2, 250), (1, 1031, 97), (2, 17, 97), (7, 48, 15), (8, 49, 16), (9, 257, 48), (20, 300, 49),
    (33, 5, 130), (70, 1100, 200), (3, 1025, 33),
  ]

  @Test(arguments: tables, sizes) func productsAreThoseOfDouble(_ table: KernelTable, _ size: (Int, Int, Int)) {
    let c = Case(size.0, size.1, size.2)
    let (a, b) = (c.a.map(Self.rounded), c.b.map(Self.rounded))
    for start in Start.allCases {
      for transposing in [false, true] {
        let result = Self.product(table, c, start, transposing: transposing)
        var worst = 0.0
        for i in 0..<c.m {
          for j in 0..<c.n {
            var expected = start == .zero ? 0 : Double(c.start[(start == .bias ? 0 : i * c.n) + j])
            var sizes = abs(expected)
            for x in 0..<c.k {
              let term = Double(a[i * c.stride + x]) * Double(b[x * c.n + j])
              expected += term
              sizes += abs(term)
            }
            // Products are exact: k roundings of 2^-24, each of a partial sum of at most the sum of the sizes.
            let allowed = 1.01 * Double(c.k) * 0x1p-24 * sizes
            let error = abs(Double(result[i * c.n + j]) - expected)
            worst = max(worst, error <= allowed ? error : .infinity)
          }
        }
        #expect(worst.isFinite, "\(start), \(transposing ? "transposed" : "rows")")
      }
    }
  }

  @Test(arguments: sizes) func allTablesGiveTheSameBits(_ size: (Int, Int, Int)) {
    let c = Case(size.0, size.1, size.2)
    let results = Self.tables.map { bitPatterns(Self.product($0, c, .accumulated, transposing: true)) }
    for (table, result) in zip(Self.tables, results).dropFirst() { #expect(result == results[0], "\(table)") }
  }

  /// Gradients of weights, of some columns and for two right operands at once.
  @Test(arguments: tables, [(300, 33, 70), (1, 8, 9), (0, 3, 5), (513, 7, 97), (1031, 150, 21), (2050, 9, 49)])
  func columnsTimesRows(_ table: KernelTable, _ size: (Int, Int, Int)) {
    let (k, m, n) = size
    let (first, width) = (2, m + 5)
    let d = sampleValues(k * width + 1, in: -1...1, seed: 7)
    let cases = [Case(1, k, n), Case(1, k, n + 3)]
    let packed = cases.map { Self.packed(table, $0, transposing: false) }
    let results = cases.map { Tensor(shape: [m, $0.n], repeating: 7) }
    d.withUnsafeBufferPointer { d in
      let rows = results.map { $0.rowPointers }
      let products = (0..<2).map {
        rn_product(packed: packed[$0].pointer, n: cases[$0].n, c: rows[$0].mutablePointers)
      }
      table.kernels.matmul_transposed_rounded(
        Self.pointers(d.baseAddress!, k, width), first, m, k, products, products.count)
      withExtendedLifetime((packed, rows, results)) {}
    }
    let left = d.map(Self.rounded)
    for (c, result) in zip(cases, results) {
      let b = c.b.map(Self.rounded)
      var worst = 0.0
      for i in 0..<m {
        for j in 0..<c.n {
          var (expected, sizes) = (0.0, 0.0)
          for x in 0..<k {
            let term = Double(left[x * width + first + i]) * Double(b[x * c.n + j])
            expected += term
            sizes += abs(term)
          }
          // As above.
          let error = abs(Double(result.pointer[i * c.n + j]) - expected)
          worst = max(worst, error <= 1.01 * Double(k) * 0x1p-24 * sizes ? error : .infinity)
        }
      }
      #expect(worst.isFinite, "n \(c.n)")
    }
  }

  /// Every upper half, with lower halves at the ties and beside them, as left and as right operand of a product with one.
  @Test(arguments: tables) func operandsAreRoundedToNearestEven(_ table: KernelTable) {
    for lower: UInt32 in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] {
      let values = (0...UInt32(0xFFFF)).map { Float(bitPattern: $0 << 16 | lower) }
      let expected = values.map(Self.rounded)
      let asLeft = one(table, left: values, right: [1], m: values.count, n: 1)
      let asRight = one(table, left: [1], right: values, m: 1, n: values.count)
      for result in [asLeft, asRight] {
        let wrong = zip(result, expected).enumerated().filter { _, pair in
          !(pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN))
        }
        #expect(wrong.isEmpty, "lower half \(lower): \(wrong.prefix(3))")
      }
    }
  }

  private func one(_ table: KernelTable, left: [Float], right: [Float], m: Int, n: Int) -> [Float] {
    let packed = Buffer(count: 2 * (n + 16))
    var result = [Float](repeating: 7, count: m * n)
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        result.withUnsafeMutableBufferPointer { result in
          let base = result.baseAddress!
          table.kernels.pack_rounded([right.baseAddress!], 0, 1, 1, n, packed.pointer)
          let outputs: [UnsafeMutablePointer<Float>?] = (0..<m).map { base + $0 * n }
          table.kernels.matmul_rounded(
            Self.pointers(left.baseAddress!, m, 1), m, 1, packed.pointer, n, outputs, 0, nil, false)
        }
      }
    }
    withExtendedLifetime(packed) {}
    return result
  }
}
