/// A text that stands on both sides of a split: what is measured on it says little about texts never seen.
public struct DuplicateText: Sendable, Hashable {
  /// The index of its first occurrence in the training part.
  public var training: Int
  public var heldOut: Int

  public init(training: Int, heldOut: Int) {
    self.training = training
    self.heldOut = heldOut
  }

  /// The held-out texts that are in the training part as well, in order.
  /// - Parameters:
  ///   - training: indices of `texts`.
  ///   - heldOut: indices of `texts`.
  public static func find(in texts: [String], training: [Int], heldOut: [Int]) -> [DuplicateText] {
    let seen = Dictionary(training.map { (texts[$0], $0) }, uniquingKeysWith: min)
    return heldOut.compactMap { index in seen[texts[index]].map { DuplicateText(training: $0, heldOut: index) } }
  }
}
