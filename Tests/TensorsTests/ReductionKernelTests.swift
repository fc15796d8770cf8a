import CKernels
import TestSupport
import Testing

@Suite struct ReductionKernelTests {
  /// The documented order: element i in lane i mod 16, then the lanes in order, all in double.
  static func laneSum(_ values: [Double]) -> Double {
    var lanes = [Double](repeating: 0, count: 16)
    for (i, value) in values.enumerated() { lanes[i % 16] += value }
    return lanes.dropFirst().reduce(lanes[0], +)
  }

  @Test(arguments: KernelTable.all, kernelLengths + [1000])
  func sumsFollowTheDocumentedOrder(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -1e3...1e3)
    #expect(table.kernels.sum(x, n) == Self.laneSum(x.map(Double.init)))
    #expect(table.kernels.sum_squares(x, n) == Self.laneSum(x.map { Double($0) * Double($0) }))
    let y = sampleValues(n, seed: 2)
    #expect(table.kernels.dot(x, y, n) == Self.laneSum(zip(x, y).map { Double($0) * Double($1) }))
  }

  @Test(arguments: KernelTable.all, kernelLengths)
  func maximumIsTheLargest(_ table: KernelTable, _ n: Int) {
    let x = sampleValues(n, in: -9 ... -1)
    let largest = x.max() ?? -.infinity
    #expect(table.kernels.maximum(x, n) == largest)
    for i in 0..<n {
      var marked = x
      marked[i] = 5
      #expect(table.kernels.maximum(marked, n) == 5)
      marked[i] = .nan
      #expect(table.kernels.maximum(marked, n).isNaN)
    }
  }

  @Test(arguments: KernelTable.all, kernelLengths)
  func oneElementThatIsNotFiniteIsFound(_ table: KernelTable, _ n: Int) {
    let x = [Float](repeating: .greatestFiniteMagnitude, count: n)
    #expect(table.kernels.all_finite(x, n))
    for i in 0..<n {
      for wrong in [Float.infinity, -.infinity, .nan] {
        var marked = x
        marked[i] = wrong
        #expect(!table.kernels.all_finite(marked, n))
      }
    }
  }

  @Test(arguments: KernelTable.all, kernelLengths)
  func columnsAreAddedInTheOrderOfRows(_ table: KernelTable, _ n: Int) {
    let (rows, stride) = (5, n + 3)
    let x = sampleValues(rows * stride)
    let start = sampleValues(n + 1, seed: 2)
    var sums = start
    table.kernels.add_columns(x, stride, rows, n, &sums)
    var expected = start
    for i in 0..<rows {
      for j in 0..<n { expected[j] += x[i * stride + j] }
    }
    #expect(sums == expected)
  }

  @Test(arguments: KernelTable.all, kernelLengths)
  func largestOfEachColumnIsTheFirst(_ table: KernelTable, _ n: Int) {
    let (rows, stride) = (6, n + 3)
    // Few different values, so that some are there twice.
    var x = sampleValues(rows * stride).map { $0.rounded() }
    if n > 2 { (x[2 * stride + 2], x[4 * stride + 1]) = (.nan, .infinity) }
    var largest = [Float](repeating: 9, count: n)
    var places = [UInt32](repeating: 9, count: n)
    table.kernels.largest_of_columns(x, stride, rows, n, &largest, &places)
    for j in 0..<n {
      let column = (0..<rows).map { x[$0 * stride + j] }
      let place = column.firstIndex { $0.isNaN } ?? column.firstIndex(of: column.max() ?? 0)
      #expect(Int(places[j]) == place)
      #expect(bitPatterns([largest[j]]) == bitPatterns([column[place ?? 0]]))
    }
  }

  @Test(arguments: KernelTable.all)
  func noRowsLeaveTheSums(_ table: KernelTable) {
    var sums: [Float] = [1, 2, 3]
    table.kernels.add_columns([0], 3, 0, 3, &sums)
    #expect(sums == [1, 2, 3])
  }
}
