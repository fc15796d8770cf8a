import CKernels

/// The precision in which the operands of matrix products are multiplied, as in `torch.autocast`. Sums, and everything
/// outside of products (parameters, activations, gradients, optimisers), are float32 in either.
public enum Precision: String, Codable, CaseIterable, Sendable {
  case float32
  /// Both operands are rounded to nearest even, to 8 significant bits, on their way into a product.
  case bfloat16

  /// The precision of all products that the current task makes, and of those of their gradients:
  /// `Precision.$current.withValue(.bfloat16) { ... }`.
  @TaskLocal public static var current = Precision.float32

  /// False where this processor, or the table of kernels in use, has no instruction for such products: they are then made
  /// in float32, of the same rounded operands with the same result, and nothing is gained in speed.
  public var isNative: Bool { self == .float32 || rn_current().pointee.pair_words == 1 }

  /// Rows of words of 32 bits that a packed operand of `k` rows has.
  func words(_ k: Int) -> Int {
    switch self {
    case .float32: k
    case .bfloat16: (k + 1) / 2 * Int(rn_current().pointee.pair_words)
    }
  }
}
