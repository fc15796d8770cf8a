import CKernels
import EmulatedKernels

/// A table of kernels that this machine can run, as an argument of a test.
package struct KernelTable: Sendable, CustomStringConvertible {
  package let name: String

  package var description: String { name }

  /// The functions, to be called past `rn_active`, so that one process tests every table.
  package var kernels: rn_kernels { pointer.pointee }

  private var pointer: UnsafePointer<rn_kernels> {
    name == Self.emulatedName ? rn_kernels_emulated() : rn_kernels_named(name)
  }

  private static let emulatedName = "avx512bf16 (emulated)"

  /// Makes this the table of all that follows, in a process that has used none before.
  package func use() { rn_use(pointer) }

  package var isFused: Bool { rn_is_fused(rn_kernels_named(name)) }

  /// Every table that this machine can run.
  package static let all: [KernelTable] = ["avx512bf16", "avx512", "avx2", "neon", "portable"]
    .map { (name: String) in KernelTable(name: name) }
    .filter { table in rn_kernels_named(table.name) != nil }

  /// `avx512bf16` with its instruction emulated; nil where the processor lacks the rest of AVX-512.
  package static let emulated = rn_kernels_emulated().map { _ in KernelTable(name: emulatedName) }

  package static let avx512 = KernelTable(name: "avx512")

  /// The tables whose results must be the same bits.
  package static let fused: [KernelTable] = all.filter { $0.isFused }
}

/// Lengths around the 16 lanes of a vector, and one of several vectors with a remainder.
package let kernelLengths = [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 127, 100]

/// `count` values, uniform in the range, the same in every run.
package func sampleValues(_ count: Int, in range: ClosedRange<Float> = -3...3, seed: UInt64 = 1) -> [Float] {
  var generator = SplitMix64(state: seed)
  return (0..<count).map { _ in Float.random(in: range, using: &generator) }
}

/// Values at the edges of the format and of the functions, with NaN.
package let specialValues: [Float] = [
  0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude,
  1, -1, .ulpOfOne, 1 - .ulpOfOne / 2, 9.01, -9.02, 10, -88, 88.72, 88.73, 89, -87.4, -103.9, -104.1, 1000,
  -1000, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
]

/// The bit patterns, where every NaN counts as the same: which NaN comes out is the processor's choice.
package func bitPatterns(_ values: [Float]) -> [UInt32] {
  values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
}

/// The largest difference from a reference, each divided by the size that it is allowed to have.
package func worstDifference(_ values: [Float], _ reference: [Double], allowed: (Double) -> Double) -> Double {
  precondition(values.count == reference.count, "\(values.count) values, \(reference.count) references")
  return zip(values, reference).map { abs(Double($0) - $1) / allowed($1) }
    .reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
}

/// d f / d x[i] for each i by central differences in `Double`. With a step of 1e-5 and values near one, the
/// truncation (step^2) and the rounding (2^-53 / step) are both below 1e-10, far below Float's 6e-8.
package func numericalGradient(of f: ([Double]) -> Double, at x: [Double]) -> [Double] {
  let step = 1e-5
  return x.indices.map { i in
    var above = x
    var below = x
    above[i] += step
    below[i] -= step
    return (f(above) - f(below)) / (2 * step)
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
