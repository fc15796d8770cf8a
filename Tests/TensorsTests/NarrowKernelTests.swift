import CKernels
import TestSupport
import Testing

/// Narrowing against its definition, and products of narrow weights against sums in `Double`.
@Suite struct NarrowKernelTests {
  private static func bfloat16(_ table: KernelTable, _ x: [Float]) -> [UInt16] {
    var halves = [UInt16](repeating: 0, count: x.count)
    table.kernels.narrow_bfloat16(x, x.count, &halves)
    return halves
  }

  private static func widened(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  private static func int8(_ table: KernelTable, _ x: [Float]) -> (values: [Int8], scale: Float) {
    var values = [Int8](repeating: 99, count: x.count)
    let scale = table.kernels.narrow_int8(x, x.count, &values)
    return (values, scale)
  }

  /// Every upper half, with lower halves at the ties and beside them.
  @Test(arguments: KernelTable.all) func bfloat16RoundsToNearestEven(_ table: KernelTable) {
    for lower: UInt32 in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] {
      let values = (0...UInt32(0xFFFF)).map { Float(bitPattern: $0 << 16 | lower) }
      let wrong = Self.bfloat16(table, values).enumerated().filter { upper, half in
        if values[upper].isNaN { return !Self.widened(half).isNaN || Self.widened(half).sign != values[upper].sign }
        // The one towards zero, or the next: beyond the largest number that is infinity, as IEEE 754 rounds.
        let down = lower < 0x8000 || (lower == 0x8000 && upper & 1 == 0)
        return half != UInt16(upper) + (down ? 0 : 1)
      }
      #expect(wrong.isEmpty, "lower half \(lower): \(wrong.prefix(3))")
    }
  }

  @Test(arguments: KernelTable.all) func int8IsWithinHalfAStep(_ table: KernelTable) {
    for (seed, size) in [0x1p-100, 1e-3, 1, 1.5e38].map({ Float($0) }).enumerated() {
      for count in [1, 2, 17, 1000] {
        let x = sampleValues(count, in: -size...size, seed: UInt64(seed + 5))
        let (values, scale) = Self.int8(table, x)
        let most = Double(x.map(abs).max() ?? 0)
        // 17 significant bits, rounded up.
        #expect(Double(scale) >= most / 127 * (1 - 0x1p-24) && Double(scale) <= most / 127 * (1 + 0x1p-16))
        // The quotient, at most 127, is rounded to float32 before it is rounded to an integer.
        let allowed = Double(scale) * (0.5 + 127 * 0x1p-24)
        #expect(zip(values, x).allSatisfy { abs(Double($1) - Double($0) * Double(scale)) <= allowed })
      }
    }
  }

  /// Products of a value and its scale are float32 exactly, and are narrowed to the same value and scale.
  @Test(arguments: KernelTable.all) func int8NarrowedAgainIsTheSame(_ table: KernelTable) {
    for seed in 1...50 as ClosedRange<UInt64> {
      let (values, scale) = Self.int8(table, sampleValues(40, seed: seed))
      let wide = values.map { Float($0) * scale }
      #expect(zip(values, wide).allSatisfy { Double($1) == Double($0) * Double(scale) })
      let again = Self.int8(table, wide)
      #expect(again.values == values && again.scale == scale)
    }
  }

  @Test(arguments: KernelTable.all) func int8OfZerosAndOfWhatIsNotFinite(_ table: KernelTable) {
    for row: [Float] in [[], [0, -0.0, 0], [.leastNonzeroMagnitude, -0x1p-120]] {
      let (values, scale) = Self.int8(table, row)
      #expect(scale == 0 && values.allSatisfy { $0 == 0 })
    }
    for flaw in [Float.nan, .infinity, -.infinity] {
      let (values, scale) = Self.int8(table, [1, flaw, 2])
      #expect(scale.isNaN && values.allSatisfy { $0 == 0 })
    }
  }

  // --- Products

  /// Operands of one product: y = start + W x.
  private struct Case {
    let n: Int
    let k: Int
    /// Longer than k: packing minds the stride.
    let stride: Int
    let w: [Float]
    let x: [Float]
    let start: [Float]
    /// What is asked for int8, which is no less than for bfloat16.
    var padded: Int { (k + 3) / 4 * 4 * ((n + 31) / 32 * 32) }

    init(n: Int, k: Int) {
      (self.n, self.k, stride) = (n, k, k + 3)
      (w, x, start) = (sampleValues(n * stride), sampleValues(k, seed: 2), sampleValues(n, seed: 3))
    }

    /// Around the pairs of 16 and the panels of every table.
    static let all = [1, 31, 32, 33, 64, 65, 96, 255, 257, 600].flatMap { n in
      [0, 1, 2, 37].map { Case(n: n, k: $0) }
    }

    /// Around the 4,096 elements of a vector that become integers at a time.
    static let long = [4095, 4096, 4099, 8200].map { Case(n: 33, k: $0) }
  }

  private enum Start: CaseIterable { case zero, bias, accumulated }

  /// y, and the weights that it was computed from, widened.
  private func product(
    _ table: KernelTable, _ c: Case, _ start: Start, int8 narrow: Bool
  ) -> (y: [Float], weights: [Float]) {
    let bias = start == .bias ? c.start : nil
    var y = start == .accumulated ? c.start : [Float](repeating: 7, count: c.n)
    guard narrow else {
      let halves = Self.bfloat16(table, c.w)
      var packed = [UInt16](repeating: 0xFFFF, count: c.padded)
      table.kernels.pack_bfloat16(halves, c.stride, c.k, c.n, &packed)
      table.kernels.matvec_bfloat16(c.x, c.k, packed, c.n, &y, bias, start == .accumulated)
      return (y, halves.map(Self.widened))
    }
    let rows = (0..<c.n).map { Self.int8(table, Array(c.w[$0 * c.stride..<($0 + 1) * c.stride])) }
    let scales = rows.map(\.scale)
    var packed = [Int8](repeating: -1, count: c.padded)
    table.kernels.pack_int8(rows.flatMap(\.values), c.stride, c.k, c.n, &packed)
    table.kernels.matvec_int8(c.x, c.k, packed, scales, c.n, &y, bias, start == .accumulated)
    return (y, rows.flatMap { row in row.values.map { Float($0) * row.scale } })
  }

  @Test(arguments: KernelTable.all, [false, true]) func productsAreThoseOfDouble(_ table: KernelTable, _ narrow: Bool) {
    for c in Case.all + Case.long {
      let x = c.x
      // Of the whole vector, which is no less than those of its parts.
      let step = narrow ? Double(x.map(abs).max() ?? 0) / 32639 : 0
      for start in Start.allCases {
        let (y, weights) = product(table, c, start, int8: narrow)
        var worst = 0.0
        for j in 0..<c.n {
          var expected = start == .zero ? 0 : Double(c.start[j])
          var sizes = abs(expected)
          var rounding = 0.0
          for k in 0..<c.k {
            let weight = Double(weights[j * c.stride + k])
            expected += Double(x[k]) * weight
            // The high byte of a vector's element exceeds it by 128 steps at most.
            sizes += (abs(Double(x[k])) + 128 * step) * abs(weight)
            // Half a step, and 1 % for the rounding of the quotient, of 15 bits in 24, before it.
            rounding += 0.51 * step * abs(weight)
          }
          // bfloat16: k multiply-adds of one or (not fused) two roundings of 2^-24 each, of partial sums that are at most
          // the sum of the sizes. int8: up to eight roundings for each part of the vector. 1 % for the higher orders.
          let roundings = narrow ? 8 * (c.k / 4096 + 1) : 2 * (c.k + 1)
          let allowed = rounding + 1.01 * Double(roundings) * 0x1p-24 * sizes
          let error = abs(Double(y[j]) - expected)
          worst = max(worst, error <= allowed ? error : .infinity)
        }
        #expect(worst.isFinite, "n \(c.n), k \(c.k), \(start)")
      }
    }
  }

  @Test(arguments: [false, true]) func fusedTablesGiveTheSameBits(_ narrow: Bool) throws {
    let first = try #require(KernelTable.fused.first ?? KernelTable.all.first)
    for c in Case.all + Case.long {
      for start in Start.allCases {
        let expected = bitPatterns(product(first, c, start, int8: narrow).y)
        for table in KernelTable.fused.dropFirst() {
          #expect(bitPatterns(product(table, c, start, int8: narrow).y) == expected, "\(table), n \(c.n), k \(c.k)")
        }
      }
    }
  }

  @Test(arguments: KernelTable.all) func int8OfVectorsWithoutSteps(_ table: KernelTable) {
    let c = Case(n: 40, k: 37)
    let rows = (0..<c.n).map { Self.int8(table, Array(c.w[$0 * c.stride..<($0 + 1) * c.stride])) }
    var packed = [Int8](repeating: -1, count: c.padded)
    table.kernels.pack_int8(rows.flatMap(\.values), c.stride, c.k, c.n, &packed)
    func product(_ x: [Float]) -> [Float] {
      var y = [Float](repeating: 7, count: c.n)
      table.kernels.matvec_int8(x, c.k, packed, rows.map(\.scale), c.n, &y, c.start, false)
      return y
    }
    #expect(product([Float](repeating: 0, count: c.k)) == c.start)
    #expect(product([Float](repeating: 0x1p-101, count: c.k)) == c.start)
    for flaw in [Float.nan, .infinity, -.infinity] {
      var x = c.x
      x[17] = flaw
      #expect(product(x).filter { !$0.isNaN } == [])
    }
  }

  /// Where bfloat16 holds the weights, a narrow product is the one of matrices.
  @Test(arguments: KernelTable.all) func bfloat16GivesTheBitsOfFloat32(_ table: KernelTable) {
    for c in Case.all where c.k > 0 {
      let (y, weights) = product(table, c, .bias, int8: false)
      var packed = [Float](repeating: 0, count: c.padded)
      table.kernels.pack_transposed(weights, c.stride, c.k, c.n, &packed)
      var wide = [Float](repeating: 0, count: c.n)
      c.x.withUnsafeBufferPointer { x in
        wide.withUnsafeMutableBufferPointer { wide in
          var (from, to) = (x.baseAddress, wide.baseAddress)
          table.kernels.matmul(&from, 1, c.k, packed, c.n, &to, 0, c.start, false)
        }
      }
      #expect(bitPatterns(y) == bitPatterns(wide), "n \(c.n), k \(c.k)")
    }
  }
}
