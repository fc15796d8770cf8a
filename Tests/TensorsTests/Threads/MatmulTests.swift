import CKernels
import Tensors
import TestSupport
import Testing

/// Products against sums in double precision, on every instruction set.
@Suite struct MatmulTests {
  /// Sizes on both sides of the borders of tiles, panels and blocks.
  static let sizes = [
    (1, 1, 1), (1, 600, 250), (2, 17, 97), (7, 48, 15), (8, 49, 16), (9, 257, 48), (20, 300, 49), (33, 5, 130),
    (70, 1100, 200),
  ]

  private func random(_ count: Int, _ seed: UInt64) -> [Float] {
    Array(RandomKey(seed: seed).uniform([max(1, count)], in: -1..<1).scalars.prefix(count))
  }

  @Test(arguments: ["avx512bf16", "avx512", "avx2", "neon", "portable"], sizes)
  func everyTable(_ name: String, _ size: (Int, Int, Int)) throws {
    guard let table = rn_kernels_named(name)?.pointee else { return }
    let (m, k, n) = size
    let (a, w, start, bias) = (random(m * k, 1), random(n * k, 2), random(m * n, 3), random(n, 4))
    let padded = (n + Int(table.lanes) - 1) / Int(table.lanes) * Int(table.lanes)
    let packed = Buffer(count: k * padded)
    table.pack_transposed(w, k, k, n, packed.pointer)
    for mode in 0..<3 {
      let c = Tensor(start, shape: [m, n])
      a.withUnsafeBufferPointer { a in
        bias.withUnsafeBufferPointer { bias in
          let rows = RowPointers(a.baseAddress!, count: m, stride: k)
          let outputs = RowPointers(c.pointer, count: m, stride: n)
          table.matmul(
            rows.pointers, m, k, packed.pointer, n, outputs.mutablePointers, 0, mode == 1 ? bias.baseAddress : nil,
            mode == 2)
          withExtendedLifetime((rows, packed, outputs)) {}
        }
      }
      for i in 0..<m {
        for j in 0..<n {
          var sum = mode == 1 ? Double(bias[j]) : mode == 2 ? Double(start[i * n + j]) : 0
          var size = abs(sum)
          for x in 0..<k {
            let product = Double(a[i * k + x]) * Double(w[j * k + x])
            sum += product
            size += abs(product)
          }
          // A chain of k + 1 roundings (twice as many without fused multiply-add), each of a partial sum.
          #expect(abs(Double(c.pointer[i * n + j]) - sum) <= Double(2 * k + 2) * 0x1p-24 * size + 1e-30)
        }
      }
    }
  }

  @Test(arguments: sizes) func fusedTablesGiveTheSameBits(_ size: (Int, Int, Int)) {
    let (m, k, n) = size
    let (a, w) = (random(m * k, 5), random(n * k, 6))
    let results = ["avx512bf16", "avx512", "avx2", "neon"].compactMap { (name: String) in
      rn_kernels_named(name)?.pointee
    }.map {
      table in
      let packed = Buffer(count: k * (n + 16))
      table.pack_transposed(w, k, k, n, packed.pointer)
      let c = Tensor(shape: [m, n])
      a.withUnsafeBufferPointer { a in
        let rows = RowPointers(a.baseAddress!, count: m, stride: k)
        let outputs = RowPointers(c.pointer, count: m, stride: n)
        table.matmul(rows.pointers, m, k, packed.pointer, n, outputs.mutablePointers, 0, nil, false)
        withExtendedLifetime((rows, packed, outputs)) {}
      }
      return c
    }
    #expect(results.dropFirst().allSatisfy { $0 == results[0] })
  }

  @Test(arguments: [(300, 33, 70), (1, 8, 9), (0, 3, 5), (513, 7, 97), (1030, 150, 210)]) func weightGradients(
    _ size: (Int, Int, Int)
  ) {
    let (k, m, n) = size
    let d = Tensor(random(k * m, 7), shape: [k, m])
    let x = Tensor(random(k * n, 8), shape: [k, n])
    let c = Tensor(shape: [m, n])
    Matmul.multiplyTransposed(d.rowPointers, m: m, x.rowPointers, n: n, into: c.pointer)
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for r in 0..<k { sum += Double(d.pointer[r * m + i]) * Double(x.pointer[r * n + j]) }
        // Elements below 1 in size: chains of k roundings of sums below k.
        #expect(abs(Double(c.pointer[i * n + j]) - sum) <= Double(k) * Double(k) * 0x1p-24)
      }
    }
  }
}
