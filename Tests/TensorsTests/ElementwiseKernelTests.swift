import CKernels
import TestSupport
import Testing

/// What every elementwise kernel keeps: a result depends on its own operands alone, buffers may coincide,
/// nothing is written past the end, and fused tables give the same bits.
@Suite struct ElementwiseKernelTests {
  /// A kernel as z = f(x, y) on rows; z may be x or y where `aliases` says so.
  struct Kernel: Sendable, CustomStringConvertible {
    let description: String
    var aliasesSecond = true
    let run:
      @Sendable (rn_kernels, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) ->
        Void

    func apply(_ table: KernelTable, _ x: [Float], _ y: [Float]) -> [Float] {
      // Three more elements show what is written past the end.
      var z = [Float](repeating: 7, count: x.count + 3)
      run(table.kernels, x, y, &z, x.count)
      #expect(z.suffix(3) == [7, 7, 7], "\(description) wrote past \(x.count) elements")
      return [Float](z.prefix(x.count))
    }
  }

  static let kernels: [Kernel] = [
    Kernel(description: "exp", aliasesSecond: false) { $0.exp($1, $3, $4) },
    Kernel(description: "log", aliasesSecond: false) { $0.log($1, $3, $4) },
    Kernel(description: "tanh", aliasesSecond: false) { $0.tanh($1, $3, $4) },
    Kernel(description: "sigmoid", aliasesSecond: false) { $0.sigmoid($1, $3, $4) },
    Kernel(description: "relu", aliasesSecond: false) { $0.relu($1, $3, $4) },
    Kernel(description: "tanh_backward") { $0.tanh_backward($1, $2, $3, $4) },
    Kernel(description: "sigmoid_backward") { $0.sigmoid_backward($1, $2, $3, $4) },
    Kernel(description: "relu_backward") { $0.relu_backward($1, $2, $3, $4) },
    Kernel(description: "add") { $0.add($1, $2, $3, $4) },
    Kernel(description: "subtract") { $0.subtract($1, $2, $3, $4) },
    Kernel(description: "multiply") { $0.multiply($1, $2, $3, $4) },
    Kernel(description: "divide") { $0.divide($1, $2, $3, $4) },
    Kernel(description: "scale", aliasesSecond: false) { $0.scale($1, 1.7, $3, $4) },
    Kernel(description: "affine", aliasesSecond: false) { $0.affine($1, 1.7, 0.3, $3, $4) },
  ]

  static let x = specialValues + sampleValues(73, in: -20...20)
  static let y = sampleValues(50, in: -2...2, seed: 2) + specialValues + sampleValues(23, seed: 3)

  @Test(arguments: KernelTable.all, kernels)
  func resultDependsOnItsOperandsAlone(_ table: KernelTable, _ kernel: Kernel) {
    let alone = zip(Self.x, Self.y).flatMap { kernel.apply(table, [$0], [$1]) }
    for n in kernelLengths where n <= alone.count {
      let row = kernel.apply(table, [Float](Self.x.prefix(n)), [Float](Self.y.prefix(n)))
      #expect(bitPatterns(row) == bitPatterns([Float](alone.prefix(n))), "\(n) elements")
    }
  }

  @Test(arguments: KernelTable.all, kernels)
  func resultMayReplaceAnOperand(_ table: KernelTable, _ kernel: Kernel) {
    let expected = bitPatterns(kernel.apply(table, Self.x, Self.y))
    var x = Self.x
    x.withUnsafeMutableBufferPointer {
      kernel.run(table.kernels, $0.baseAddress!, Self.y, $0.baseAddress!, $0.count)
    }
    #expect(bitPatterns(x) == expected)
    guard kernel.aliasesSecond else { return }
    var y = Self.y
    y.withUnsafeMutableBufferPointer {
      kernel.run(table.kernels, Self.x, $0.baseAddress!, $0.baseAddress!, $0.count)
    }
    #expect(bitPatterns(y) == expected)
  }

  @Test(arguments: kernels)
  func fusedTablesAgreeToTheBit(_ kernel: Kernel) {
    let results = KernelTable.fused.map { bitPatterns(kernel.apply($0, Self.x, Self.y)) }
    #expect(results.allSatisfy { $0 == results.first })
  }

  /// One rounded operation each, so the same bits as Swift's.
  @Test(arguments: KernelTable.all)
  func arithmeticIsExact(_ table: KernelTable) {
    let (k, x, y, n) = (table.kernels, Self.x, Self.y, Self.x.count)
    func check(_ swift: (Float, Float) -> Float, _ kernel: (UnsafeMutablePointer<Float>) -> Void) {
      var z = [Float](repeating: 0, count: n)
      kernel(&z)
      #expect(bitPatterns(z) == bitPatterns(zip(x, y).map(swift)))
    }
    check(+) { k.add(x, y, $0, n) }
    check(-) { k.subtract(x, y, $0, n) }
    check(*) { k.multiply(x, y, $0, n) }
    check(/) { k.divide(x, y, $0, n) }
    check({ x, _ in 1.7 * x }) { k.scale(x, 1.7, $0, n) }
    check({ _, _ in 2.5 }) { k.fill($0, 2.5, n) }
    check({ x, y in table.isFused ? y.addingProduct(x, 0.3) : y + x * 0.3 }) { z in
      z.update(from: y, count: n)
      k.add_scaled(x, 0.3, z, n)
    }
    check({ x, _ in table.isFused ? Float(0.3).addingProduct(x, 1.7) : x * 1.7 + 0.3 }) { k.affine(x, 1.7, 0.3, $0, n) }
    check({ x, y in table.isFused ? y.addingProduct(x, y) : y + x * y }) { z in
      z.update(from: y, count: n)
      k.add_product(x, y, z, n)
    }
    check({ x, _ in x.isNaN ? x : min(max(x, -1.5), 2) }) { z in
      z.update(from: x, count: n)
      k.clamp(z, -1.5, 2, n)
    }
    check({ x, _ in x.isNaN || x >= 0 ? x : 0 }) { k.relu(x, $0, n) }
    check({ x, y in x <= 0 ? 0 : y }) { k.relu_backward(x, y, $0, n) }
  }

  /// A product of dy with a slope in [0, 1]: three roundings, the first against 1 (tanh) or y (sigmoid), so
  /// an error of at most 3 * 2^-24 |dy| where y is in [-1, 1].
  @Test(arguments: KernelTable.all)
  func slopesMatchTheReference(_ table: KernelTable) {
    let y = sampleValues(1000, in: -1...1)
    let dy = sampleValues(1000, in: 0.5...2, seed: 4)
    var (tanh, sigmoid) = (y, y)
    table.kernels.tanh_backward(y, dy, &tanh, y.count)
    table.kernels.sigmoid_backward(y, dy, &sigmoid, y.count)
    for i in y.indices {
      let (value, gradient) = (Double(y[i]), Double(dy[i]))
      #expect(abs(Double(tanh[i]) - gradient * (1 - value * value)) <= 3 * 0x1p-24 * gradient)
      // |y - y^2| reaches 2 for y in [-1, 0].
      #expect(abs(Double(sigmoid[i]) - gradient * (value - value * value)) <= 2 * 3 * 0x1p-24 * gradient)
    }
  }
}
