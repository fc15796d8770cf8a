import CKernels

/// The instruction set in use.
public enum Kernels {
  /// `avx512bf16`, `avx512`, `avx2`, `neon` or `portable`.
  public static var name: String { String(cString: rn_current().pointee.name) }

  /// A table that the environment variable RECURRENT_KERNELS asks for and this machine cannot run.
  public static var refused: String? { rn_refused_name().map { String(cString: $0) } }

  /// The names of the tables that this machine can run, best first.
  public static var available: [String] {
    ["avx512bf16", "avx512", "avx2", "neon", "portable"].filter { rn_kernels_named($0) != nil }
  }

  /// The multiply-add peak in a precision of `threads` threads together, in floating-point operations per second.
  public static func peak(threads: Int, seconds: Double, precision: Precision = .float32) -> Double {
    let sums = Tensor(shape: [max(1, threads)])
    ThreadPool.shared.team(threads) { member, _ in
      sums.pointer[member] = Float(rn_peak(seconds, precision == .bfloat16))
    }
    return sums.total()
  }

  /// Makes a probe of how many seconds the calling thread takes to read so many bytes again and again, and to do nothing
  /// with them: the best of a few passes.
  public static func readingProbe(bytes: Int) -> () -> Double {
    let data = Tensor(shape: [bytes / MemoryLayout<Float>.stride + 1])
    return {
      (0..<8).map { _ in
        let start = ContinuousClock.now
        precondition(rn_all_finite(data.pointer, data.count))
        return (ContinuousClock.now - start) / .seconds(1)
      }.min() ?? 0
    }
  }
}
