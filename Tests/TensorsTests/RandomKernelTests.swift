import CKernels
import TestSupport
import Testing

@Suite struct RandomKernelTests {
  static func bits(
    _ table: KernelTable, seed: UInt64, stream: UInt32 = 1, step: UInt32 = 2, position: UInt64, _ n: Int
  ) -> [UInt32] {
    var y = [UInt32](repeating: 7, count: n + 1)
    table.kernels.random_bits(seed, stream, step, position, &y, n)
    #expect(y[n] == 7, "wrote past \(n) words")
    return [UInt32](y.prefix(n))
  }

  /// Random123's kat_vectors for philox4x32 with 10 rounds.
  @Test(arguments: KernelTable.all)
  func publishedVectors(_ table: KernelTable) {
    #expect(
      Self.bits(table, seed: 0, stream: 0, step: 0, position: 0, 4)
        == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      Self.bits(table, seed: .max, stream: .max, step: .max, position: .max, 4)
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      Self.bits(
        table, seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344, step: 0x1319_8a2e,
        position: 0x85a3_08d3_243f_6a88, 4)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  /// Also across the carry from the low word of the position into the high one.
  @Test(arguments: KernelTable.all, [0, 5, UInt64(UInt32.max) - 20])
  func anyPartCanBeMadeByItself(_ table: KernelTable, _ position: UInt64) {
    let whole = Self.bits(table, seed: 9, position: position, 400)
    for group in [0, 1, 15, 16, 17, 40] {
      for n in [0, 1, 3, 4, 16, 63, 64, 65, 130] {
        let part = Self.bits(table, seed: 9, position: position + UInt64(group), n)
        #expect(part == [UInt32](whole[(4 * group)..<(4 * group + n)]))
      }
    }
  }

  @Test func everyTableGivesTheSameBits() {
    let results = KernelTable.all.map { Self.bits($0, seed: 123, position: 77, 1001) }
    #expect(results.allSatisfy { $0 == results.first })
  }

  @Test(arguments: KernelTable.all)
  func seedStreamStepAndPositionAllMatter(_ table: KernelTable) {
    let sequences = [
      Self.bits(table, seed: 1, position: 0, 8), Self.bits(table, seed: 1 << 32, position: 0, 8),
      Self.bits(table, seed: 1, stream: 7, position: 0, 8),
      Self.bits(table, seed: 1, step: 7, position: 0, 8),
      Self.bits(table, seed: 1, position: 1 << 32, 8),
    ]
    #expect(Set(sequences).count == sequences.count)
  }

  @Test(arguments: KernelTable.all)
  func uniformUses24BitsOfEachWord(_ table: KernelTable) {
    let n = 1003
    var y = [Float](repeating: 0, count: n)
    table.kernels.random_uniform(5, 1, 2, 3, 0, 1, &y, n)
    #expect(y == Self.bits(table, seed: 5, position: 3, n).map { Float($0 >> 8) * 0x1p-24 })
  }

  @Test(arguments: KernelTable.all)
  func uniformStaysInsideItsInterval(_ table: KernelTable) {
    let n = 100_000
    var y = [Float](repeating: 0, count: n)
    // Three floats lie in the last interval but one: rounding would often reach its excluded end.
    for (low, high) in [(-0.1, 0.1), (-3, -1), (1, 1 + 3 * Float.ulpOfOne), (-1, 0), (2, 2)]
      as [(Float, Float)]
    {
      table.kernels.random_uniform(5, 1, 2, 3, low, high, &y, n)
      #expect(y.allSatisfy { low <= $0 && ($0 < high || low == high) }, "[\(low), \(high))")
    }
    // The mean of n uniform values on [0, 1) has the standard deviation 1 / sqrt(12 n) = 0.0009; five of
    // them.
    table.kernels.random_uniform(5, 1, 2, 3, 0, 1, &y, n)
    #expect(abs(y.reduce(0, +) / Float(n) - 0.5) < 0.0046)
  }

  @Test(arguments: KernelTable.all)
  func maskKeepsTheShareAskedFor(_ table: KernelTable) {
    let n = 100_001
    var y = [Float](repeating: 0, count: n)
    for keep: Float in [0.1, 0.5, 0.8] {
      table.kernels.random_mask(5, 1, 2, 3, keep, &y, n)
      #expect(Set(y) == [0, 1 / keep])
      // The share has the standard deviation sqrt(keep (1 - keep) / n), at most 0.0016; five of them.
      #expect(abs(Float(y.count { $0 > 0 }) / Float(n) - keep) < 0.008)
    }
    table.kernels.random_mask(5, 1, 2, 3, 1, &y, n)
    #expect(y.allSatisfy { $0 == 1 })
    table.kernels.random_mask(5, 1, 2, 3, 0, &y, n)
    #expect(y.allSatisfy { $0 == 0 })
  }
}
